#nullable enable
using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using Springtail.Crypto;

namespace Springtail;

/// <summary>Reads and writes files that hold a pre-shared key: 16 to 64 raw bytes, or one line of hex of as many (PROTOCOL.md 2).</summary>
public static class PskFile
{
    private const int MinSize = 16;
    private const int MaxSize = 64;
    private const int NewSize = 32;

    private static readonly byte[] s_whiteSpace = { (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n' };

    // A line of hex of the longest key, and room for white space around it.
    private const int MaxFileSize = 1024;

    /// <summary>Writes a new random key that only the file's owner can read.</summary>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public static void Create(string path)
    {
        byte[] psk = CryptoCore.NewSecret(NewSize);
        RandomNumberGenerator.Fill(psk);
        try
        {
            Write(path, psk);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(psk);
        }
    }

    /// <summary>Says at once that a file could not be written later: because it exists, its folder does not, or whatever keeps files from being made there.</summary>
    /// <exception cref="IOException">It exists or cannot be made.</exception>
    internal static void CheckNew(string path)
    {
        if (File.Exists(path) || Directory.Exists(path))
        {
            throw Exists(path);
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
        {
            throw new IOException($"{path} cannot be written: there is no folder {folder}.");
        }

        Make(path, Array.Empty<byte>());
        File.Delete(path);
    }

    /// <summary>Writes a key, as a line of hex that only the file's owner can read.</summary>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public static void Write(string path, byte[] psk)
    {
        byte[] line = CryptoCore.NewSecret(psk.Length * 2 + 1);
        try
        {
            Convert.TryToHexStringLower(psk, line, out _);
            line[^1] = (byte)'\n';
            Make(path, line);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(line);
        }
    }

    /// <summary>Reads a key.</summary>
    /// <exception cref="IOException">The file is missing, others may read it, or it holds no key.</exception>
    public static byte[] Read(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            return bytes.All(IsText) ? FromHex(path, bytes) : FromRaw(path, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void Make(string path, byte[] content)
    {
        bool isMade = false;
        try
        {
            using FileStream file = PrivateFiles.Open(path, FileMode.CreateNew, FileAccess.Write);
            isMade = true;
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        catch (IOException) when (!isMade && File.Exists(path))
        {
            throw Exists(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (isMade)
            {
                // A part of a key is none, and would be in the way of the next try.
                File.Delete(path);
            }

            throw new IOException($"{path} cannot be written: {e.Message}", e);
        }
    }

    private static IOException Exists(string path)
    {
        return new($"{path} exists and is not overwritten: give another name, or remove it if no peer uses that key any more.");
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            {
                throw new PskFileException(
                    $"Every user of this machine can read or change {path}: run \"chmod 600 {CommandText.Quote(path)}\", and make a new key (springtail keygen) if others may have read it.");
            }

            byte[] bytes = CryptoCore.NewSecret(MaxFileSize + 1);
            int size = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (size > MaxFileSize)
            {
                throw new PskFileException($"{path} is too large for a PSK file, which holds {MinSize} to {MaxSize} bytes, raw or as one line of hex. {Advice(path)}");
            }

            byte[] content = CopyOf(bytes.AsSpan(0, size));
            CryptographicOperations.ZeroMemory(bytes);
            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"There is no PSK file {path}. Make one with \"springtail keygen {CommandText.Quote(path)}\" and give both sides a copy.");
        }
        catch (UnauthorizedAccessException e) when (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder, not a PSK file.", e);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not PskFileException)
        {
            throw new IOException($"The PSK file {path} cannot be read: {e.Message}", e);
        }
    }

    private static byte[] FromHex(string path, byte[] text)
    {
        ReadOnlySpan<byte> line = text.AsSpan().Trim(s_whiteSpace);
        if (line.IsEmpty)
        {
            throw new IOException($"{path} is empty. {Advice(path)}");
        }

        if (line.IndexOfAny((byte)'\r', (byte)'\n') >= 0)
        {
            throw new IOException($"{path} has more than one line; a PSK is one line of hex. {Advice(path)}");
        }

        byte[] psk = CryptoCore.NewSecret(line.Length / 2);
        if (line.Length % 2 != 0 || Convert.FromHexString(line, psk, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw new IOException($"{path} holds text that is not an even number of hex digits. A PSK is random bytes, never a password. {Advice(path)}");
        }

        if (psk.Length is < MinSize or > MaxSize)
        {
            throw new IOException($"The key in {path} has {psk.Length} bytes; a PSK has {MinSize} to {MaxSize}. {Advice(path)}");
        }

        return psk;
    }

    private static byte[] FromRaw(string path, byte[] bytes)
    {
        if (bytes.Length is < MinSize or > MaxSize)
        {
            throw new IOException($"{path} holds {bytes.Length} raw bytes, not hex; a raw PSK has {MinSize} to {MaxSize}. {Advice(path)}");
        }

        return CopyOf(bytes);
    }

    private static byte[] CopyOf(ReadOnlySpan<byte> secret)
    {
        byte[] copy = CryptoCore.NewSecret(secret.Length);
        secret.CopyTo(copy);
        return copy;
    }

    // Sixteen random bytes are all printable once in five million times.
    private static bool IsText(byte b) => b is >= 0x20 and <= 0x7E or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static string Advice(string path) => $"Make a good one with \"springtail keygen FILE\" and use that in place of {path}.";

    // What the file itself is to blame for, apart from what the system says.
    private sealed class PskFileException : IOException
    {
        public PskFileException(string message)
            : base(message)
        {
        }
    }
}
