#nullable enable
using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace Springtail.Listening;

/// <summary>
/// The sessions that a listener keeps in its state folder when it ends in order, for the next one (PROTOCOL.md 14.2): a file for each PSK and name, sealed under a
/// key of both, and erased when it is read. Of keys of traffic it holds those of sleepers alone.
/// </summary>
internal sealed class KeptSessions
{
    private const string Prefix = "kept-";
    private const int KeySize = 32;
    private const int IdSize = 16;

    // The longest sleep, a tenth of it and a minute: nothing is waited for longer.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(33.1);

    private readonly string _folder;
    private readonly byte[] _info;

    /// <param name="folder">The state folder.</param>
    /// <param name="name">The listener's name.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public KeptSessions(string folder, byte[] name)
    {
        _folder = folder;
        _info = Encoding.ASCII.GetBytes("kept_sessions_v1").Concat(name).ToArray();
        foreach (string file in Directory.GetFiles(folder, Prefix + "*"))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > s_longest)
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Returns what was kept of a PSK's sessions, and erases it; nothing where there is nothing, or it was altered.</summary>
    /// <exception cref="IOException">It cannot be read or erased.</exception>
    public List<byte[]> Take(byte[] psk)
    {
        string file = FileOf(psk, out byte[] key);
        try
        {
            if (!File.Exists(file))
            {
                return new();
            }

            // Whoever moves it has it, of several listeners that start at one moment.
            string own = OwnName(file);
            File.Move(file, own, overwrite: true);
            byte[] bytes = File.ReadAllBytes(own);
            File.Delete(own);
            return Open(bytes, key);
        }
        catch (FileNotFoundException)
        {
            return new();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"The sessions kept in {_folder} cannot be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Keeps sessions of a PSK, beside those that are kept already.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Put(byte[] psk, List<byte[]> sessions)
    {
        sessions.InsertRange(0, Take(psk));
        string file = FileOf(psk, out byte[] key);
        try
        {
            string own = OwnName(file);
            using (FileStream stream = PrivateFiles.Open(own, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(Seal(sessions, key));
            }

            File.Move(own, file, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"Sessions cannot be kept in {_folder}: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static string OwnName(string file) => $"{file}.{Environment.ProcessId}";

    private string FileOf(byte[] psk, out byte[] key)
    {
        byte[] derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, psk, KeySize + IdSize, info: _info);
        key = derived[..KeySize];
        string id = Convert.ToHexStringLower(derived, KeySize, IdSize);
        CryptographicOperations.ZeroMemory(derived);
        return Path.Combine(_folder, Prefix + id);
    }

    private static byte[] Seal(List<byte[]> sessions, byte[] key)
    {
        using MemoryStream plain = new();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (byte[] session in sessions)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, session.Length);
            plain.Write(length);
            plain.Write(session);
        }

        int nonce = AesGcm.NonceByteSizes.MaxSize;
        int tag = AesGcm.TagByteSizes.MaxSize;
        byte[] bytes = new byte[nonce + tag + (int)plain.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, nonce));
        using AesGcm gcm = new(key, tag);
        gcm.Encrypt(bytes.AsSpan(0, nonce), plain.GetBuffer().AsSpan(0, (int)plain.Length), bytes.AsSpan(nonce + tag), bytes.AsSpan(nonce, tag));
        CryptographicOperations.ZeroMemory(plain.GetBuffer());
        return bytes;
    }

    private static List<byte[]> Open(byte[] bytes, byte[] key)
    {
        List<byte[]> sessions = new();
        int nonce = AesGcm.NonceByteSizes.MaxSize;
        int tag = AesGcm.TagByteSizes.MaxSize;
        if (bytes.Length < nonce + tag)
        {
            return sessions;
        }

        byte[] plain = new byte[bytes.Length - nonce - tag];
        try
        {
            using AesGcm gcm = new(key, tag);
            gcm.Decrypt(bytes.AsSpan(0, nonce), bytes.AsSpan(nonce + tag), bytes.AsSpan(nonce, tag), plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return sessions;
        }

        for (int at = 0; at < plain.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(plain.AsSpan(at));
            at += sizeof(int);
            sessions.Add(plain.AsSpan(at, length).ToArray());
            at += length;
        }

        CryptographicOperations.ZeroMemory(plain);
        return sessions;
    }
}
