#nullable enable
using System;
using System.Buffers.Binary;
using System.IO;
using System.Security.Cryptography;
using Springtail.Keys;

namespace Springtail.Listening;

// Nonces that were answered outlive the process where there is a state folder: a file of each PSK, by the hash of its clock_key.
internal sealed partial class ClockAnswers
{
    partial void Recall(int psk, ref bool isRead)
    {
        if (_options.State == null || !File.Exists(FileOf(psk)))
        {
            return;
        }

        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(FileOf(psk));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            isRead = false;
            return;
        }

        int count = Math.Min(bytes.Length / sizeof(ulong), _options.RememberedNonces);
        int places = RememberedAtFirst;
        while (places < count)
        {
            places *= 2;
        }

        ulong[] nonces = new ulong[places];
        int first = bytes.Length / sizeof(ulong) - count;
        for (int i = 0; i < count; i++)
        {
            nonces[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((first + i) * sizeof(ulong)));
        }

        _nonces[psk] = nonces;
        _nonceCount[psk] = count;
    }

    partial void Keep(int psk, ulong nonce, ref bool isKept)
    {
        if (_options.State == null)
        {
            return;
        }

        try
        {
            string file = FileOf(psk);
            using FileStream stream = PrivateFiles.Open(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            int size = _options.RememberedNonces * sizeof(ulong);
            if (stream.Length >= 2 * size)
            {
                // The older half is not needed any more.
                byte[] last = new byte[size];
                stream.Position = stream.Length - last.Length;
                stream.ReadExactly(last);
                stream.Position = 0;
                stream.Write(last);
                stream.SetLength(last.Length);
            }

            stream.Position = stream.Length / sizeof(ulong) * sizeof(ulong);
            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, nonce);
            stream.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            isKept = false;
        }
    }

    private string FileOf(int psk)
    {
        PskKeys keys = _psks[psk];
        keys.PrepareClock();
        return Path.Combine(_options.State!.Path, "clock-" + Convert.ToHexStringLower(SHA256.HashData(keys.ClockKey).AsSpan(0, 8)));
    }
}
