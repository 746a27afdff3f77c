#nullable disable
using System;
using nanoFramework.TestFramework;
using Springtail;
using Springtail.Crypto;
using Springtail.Packets;

namespace NFUnitTest;

/// <summary>
/// With the native module in the firmware: it is chosen, gives the same bytes as the C# core, and survives wrong arguments. Without it: the C# core is
/// chosen, and a native call says that there is none. On the desktop the core of the desktop is in the native module's place.
/// </summary>
[TestClass]
public class NativeCoreTests
{
    [TestMethod]
    public void TheCoreThatIsThereIsChosen()
    {
        ICryptoCore chosen = CryptoCore.Default;
        Console.WriteLine("core: " + (CryptoCore.IsSlow(chosen) ? "managed" : "native"));
        if (!CryptoCore.IsSlow(chosen))
        {
            Springtail.Native.NativeCrypto.Probe();
        }

        // Asked again and again: what the CLR keeps of each call that has no native part must not end it, when the heap gets tight later.
        for (int i = 0; i < 3 && CryptoCore.IsSlow(chosen); i++)
        {
            Assert.ThrowsException(typeof(NotSupportedException), () => Springtail.Native.NativeCrypto.Probe());
        }
    }

    [TestMethod]
    public void SameBytes()
    {
        ICryptoCore native = CryptoCore.Default;
        if (CryptoCore.IsSlow(native))
        {
            return;
        }

        ICryptoCore managed = new ManagedCore(new TestRandom(5), false);
        TestRandom random = new TestRandom(6);
        byte[] key = new byte[32];
        byte[] tagKey = new byte[32];
        byte[] first = new byte[128];
        byte[] second = new byte[128];
        byte[] packet = new byte[1200];
        byte[] same = new byte[1200];
        for (int i = 0; i < 12; i++)
        {
            random.Fill(key, 0, key.Length);
            random.Fill(tagKey, 0, tagKey.Length);
            random.Fill(packet, 0, packet.Length);
            int size = 42 + (int)random.Below(500);
            native.Sha256(first, 3, packet, 1, size);
            managed.Sha256(second, 3, packet, 1, size);
            native.HmacSha256(first, 50, key, 0, 32, packet, 2, size);
            managed.HmacSha256(second, 50, key, 0, 32, packet, 2, size);
            AreSame(first, second);
            native.Pbkdf2(first, key, tagKey, 1 + i);
            managed.Pbkdf2(second, key, tagKey, 1 + i);
            AreSame(first, second);

            // Header fields that a mask can be taken off by.
            packet[0] = Packet.Version << 4;
            packet[1] = (byte)(i % 4 == 3 ? 0x01 : 0x04);
            packet[24] = (byte)((uint)(size - 42) >> 8);
            packet[25] = (byte)(size - 42);
            Array.Copy(packet, 0, same, 0, packet.Length);
            ulong number = 0xFFFFFFFE00000000ul + (uint)i;
            native.SealPacket(packet, 0, size, i % 3, key, tagKey, number);
            managed.SealPacket(same, 0, size, i % 3, key, tagKey, number);
            native.MaskPacket(packet, 0, size, tagKey);
            managed.MaskPacket(same, 0, size, tagKey);
            AreSame(packet, same);

            // Each opens what the other sealed; neither what was altered.
            Assert.IsTrue(native.UnmaskPacket(same, 0, size, tagKey) && managed.UnmaskPacket(packet, 0, size, tagKey));
            same[size - 3] ^= 4;
            Assert.IsFalse(native.OpenPacket(same, 0, size, i % 3, key, tagKey, number));
            same[size - 3] ^= 4;
            Assert.IsTrue(native.OpenPacket(same, 0, size, i % 3, key, tagKey, number) && managed.OpenPacket(packet, 0, size, i % 3, key, tagKey, number));
            AreSame(packet, same);
        }
    }

    [TestMethod]
    public void SameKeys()
    {
        ICryptoCore native = CryptoCore.Default;
        if (CryptoCore.IsSlow(native))
        {
            return;
        }

        ICryptoCore managed = new ManagedCore(new TestRandom(7), false);
        byte[] nativePublic = new byte[32];
        byte[] nativePrivate = new byte[32];
        byte[] managedPublic = new byte[32];
        byte[] managedPrivate = new byte[32];
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        native.X25519KeyPair(nativePublic, nativePrivate);
        managed.X25519KeyPair(managedPublic, managedPrivate);
        Assert.IsTrue(native.X25519Shared(first, nativePrivate, managedPublic) && managed.X25519Shared(second, managedPrivate, nativePublic));
        AreSame(first, second);
        Assert.IsFalse(native.X25519Shared(first, nativePrivate, new byte[32]));

        nativePublic = new byte[64];
        managedPublic = new byte[64];
        native.P256KeyPair(nativePublic, nativePrivate);
        managed.P256KeyPair(managedPublic, managedPrivate);
        Assert.IsTrue(native.P256Shared(first, nativePrivate, managedPublic) && managed.P256Shared(second, managedPrivate, nativePublic));
        AreSame(first, second);
        managedPublic[9] ^= 1;
        Assert.IsFalse(native.P256Shared(first, nativePrivate, managedPublic));

        byte[] w = new byte[32];
        byte[] sameW = new byte[32];
        byte[] wide = new byte[40];
        byte[] id = new byte[3];
        new TestRandom(8).Fill(wide, 0, wide.Length);
        native.Spake2Scalar(w, wide);
        managed.Spake2Scalar(sameW, wide);
        AreSame(w, sameW);
        Assert.IsTrue(native.Spake2Share(nativePublic, w, nativePrivate, 0) && managed.Spake2Share(managedPublic, w, managedPrivate, 1));
        Assert.IsTrue(native.Spake2Key(first, w, nativePrivate, nativePublic, managedPublic, 0, id, id));
        Assert.IsTrue(managed.Spake2Key(second, w, managedPrivate, managedPublic, nativePublic, 1, id, id));
        AreSame(first, second);
        managedPublic[9] ^= 1;
        Assert.IsFalse(native.Spake2Key(first, w, nativePrivate, nativePublic, managedPublic, 0, id, id));
    }

    [TestMethod]
    public void ASessionOfSuite1()
    {
        ICryptoCore native = CryptoCore.Default;
        if (CryptoCore.IsSlow(native))
        {
            return;
        }

        ChannelOptions options = Pair.Options();
        options.Suite = 1;
        Pair pair = new Pair(31, 40, options, native);
        pair.Network.LossPercent = 10;
        Assert.IsTrue(pair.Connect());
        Assert.AreEqual(1, pair.Near.Suite);
        Assert.IsTrue(pair.Exchange(20u, 600000));
    }

    [TestMethod]
    public void WrongArgumentsAreHarmless()
    {
        ICryptoCore core = CryptoCore.Default;
        byte[] key = new byte[32];
        byte[] packet = new byte[100];
        Assert.ThrowsException(typeof(ArgumentNullException), () => core.Sha256(null, 0, key, 0, 32));
        Assert.ThrowsException(typeof(ArgumentNullException), () => core.Sha256(key, 0, null, 0, 0));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.Sha256(key, 1, key, 0, 32));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.Sha256(key, 0, key, 2147483647, 2147483647));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.HmacSha256(key, 0, key, -1, 1, key, 0, 0));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.Pbkdf2(key, key, key, 0));
        Assert.ThrowsException(typeof(ArgumentException), () => core.ChaCha20(packet, 0, 1, packet, new byte[12], 0));
        Assert.ThrowsException(typeof(ArgumentException), () => core.P256Public(key, key));
        Assert.ThrowsException(typeof(ArgumentException), () => core.X25519Public(packet, key));
        Assert.ThrowsException(typeof(ArgumentException), () => core.Spake2Scalar(key, key));
        Assert.ThrowsException(typeof(ArgumentException), () => core.Spake2Share(key, key, key, 0));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.Spake2Share(new byte[64], key, key, 2));
        Assert.ThrowsException(typeof(ArgumentNullException), () => core.Spake2Key(key, key, key, new byte[64], new byte[64], 0, null, key));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.SealPacket(packet, 0, 41, 0, null, key, 0));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.SealPacket(packet, 59, 42, 0, null, key, 0));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.OpenPacket(packet, 0, 42, 3, key, key, 0));
        Assert.ThrowsException(typeof(ArgumentNullException), () => core.OpenPacket(packet, 0, 42, 2, null, key, 0));
        Assert.ThrowsException(typeof(ArgumentException), () => core.UnmaskPacket(packet, 0, 42, packet));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => core.Random(packet, 99, 2));

        // Nothing was written, and it still works.
        Assert.AreEqual("0000000000000000000000000000000000000000000000000000000000000000", Hex.Text(key));
        core.Sha256(key, 0, packet, 0, 0);
        Assert.AreEqual("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hex.Text(key));
    }

    private static void AreSame(byte[] expected, byte[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] != actual[i])
            {
                Assert.AreEqual(Hex.Text(expected), Hex.Text(actual));
            }
        }
    }
}
