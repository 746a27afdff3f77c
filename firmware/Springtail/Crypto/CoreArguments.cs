using System;

namespace Springtail.Crypto;

/// <summary>The checks of a caller's arguments that <see cref="ICryptoCore"/> promises. What they throw has no text: a device has no room for it.</summary>
internal static class CoreArguments
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int HashSize = 32;
    public const int P256KeySize = 64;
    public const int ScalarInputSize = 40;

    public static void CheckGcm(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        CheckRange(data, offset, size);
        CheckSize(key, KeySize);
        CheckArray(iv);
        CheckArray(additionalData);
        if (size < PacketFrame.TagSize || iv.Length == 0)
        {
            throw new ArgumentOutOfRangeException();
        }
    }

    public static void CheckArray(byte[] array)
    {
        if (array == null)
        {
            throw new ArgumentNullException();
        }
    }

    public static void CheckSide(int side)
    {
        if (side != Spake2Side.Client && side != Spake2Side.Server)
        {
            throw new ArgumentOutOfRangeException();
        }
    }

    public static void CheckSize(byte[] array, int size)
    {
        CheckArray(array);
        if (array.Length != size)
        {
            throw new ArgumentException();
        }
    }

    public static void CheckRange(byte[] array, int offset, int count)
    {
        CheckArray(array);
        if (offset < 0 || count < 0 || offset > array.Length - count)
        {
            throw new ArgumentOutOfRangeException();
        }
    }

    public static void CheckPacket(byte[] packet, int offset, int size)
    {
        CheckRange(packet, offset, size);
        if (size < PacketFrame.MinSize || size > PacketFrame.MaxSize)
        {
            throw new ArgumentOutOfRangeException();
        }
    }

    public static void CheckPacketKeys(int protection, byte[] cipherKey, byte[] tagKey)
    {
        if (protection < PacketProtection.Clear || protection > PacketProtection.ChaCha20Poly1305)
        {
            throw new ArgumentOutOfRangeException();
        }

        if (protection != PacketProtection.Clear)
        {
            CheckSize(cipherKey, KeySize);
        }

        if (protection != PacketProtection.ChaCha20Poly1305)
        {
            CheckSize(tagKey, KeySize);
        }
    }
}
