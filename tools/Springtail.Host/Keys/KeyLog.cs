#nullable enable
using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;

namespace Springtail;

/// <summary>
/// A file to which the keys of sessions are written, one a line, so that captured packets can be read: by "springtail explain", and by Wireshark with
/// tools/wireshark/springtail.lua. Anybody who has the file can read all that its sessions carry, and write in their names while they last. Write it for your
/// own devices only, while you look for a fault, and then delete it.
/// </summary>
/// <remarks>
/// A line is a label, an id of 16 hex digits and a value in hex, as in the files that SSLKEYLOGFILE names; one that begins with # is a remark. Several programs
/// may write to one file. tools/wireshark/README.md lists the labels.
/// </remarks>
public sealed class KeyLog
{
    /// <summary>The environment variable that names the file.</summary>
    public const string EnvironmentVariable = "SPRINGTAILKEYLOG";

    internal const string HandshakeMask = "SPRINGTAIL_HANDSHAKE_MASK";
    internal const string HandshakeKey = "SPRINGTAIL_HANDSHAKE_KEY";
    internal const string ClockMask = "SPRINGTAIL_CLOCK_MASK";
    internal const string ClockKey = "SPRINGTAIL_CLOCK_KEY";
    internal const string EmergencyMask = "SPRINGTAIL_EMERGENCY_MASK";
    internal const string EmergencyKey = "SPRINGTAIL_EMERGENCY_KEY";

    // These end in the epoch, from which on they hold, or whose they are.
    internal const string Mask = "SPRINGTAIL_MASK_";
    internal const string Numbers = "SPRINGTAIL_NUMBERS_";
    internal const string SessionKey = "SPRINGTAIL_SESSION_KEY_";
    internal const string ClientKey = "SPRINGTAIL_CLIENT_KEY_";
    internal const string ServerKey = "SPRINGTAIL_SERVER_KEY_";
    internal const string AuthenticationKey = "SPRINGTAIL_AUTHENTICATION_KEY_";

    // Copies of one packet come within seconds: so many of them are told apart.
    private const int Remembered = 4096;

    // How long another program may be at the file, in ms: it writes a few lines.
    private const int Patience = 2000;

    private readonly object _lock = new();
    private readonly HashSet<(string Label, ulong Id)> _written = new();

    /// <summary>Opens a key log. If the file does not exist, it is made, readable by its owner alone; otherwise lines are appended.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="IOException">It cannot be written, or others may read it.</exception>
    public KeyLog(string file)
    {
        File = Path.GetFullPath(file);
        UnixFileMode mode;
        try
        {
            using FileStream stream = Open();
            mode = OperatingSystem.IsWindows() ? UnixFileMode.None : System.IO.File.GetUnixFileMode(stream.SafeFileHandle);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"The key log {file} cannot be written: {e.Message}", e);
        }

        if ((mode & (UnixFileMode.OtherRead | UnixFileMode.GroupRead)) != 0)
        {
            throw new IOException($"Others can read {file}: a key log is its owner's alone. Run \"chmod 600 {CommandText.Quote(file)}\", or name another file.");
        }
    }

    /// <summary>The warning that is shown when a key log is written.</summary>
    internal string Warning => $"Keys of all sessions are written to {File}: whoever reads it can read everything they carry. Delete it when you are done.";

    /// <summary>Its full path.</summary>
    public string File { get; }

    /// <summary>Why keys could not be written; null while all were. Sessions do not depend on it.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>The key log that <see cref="EnvironmentVariable"/> names; null when it names none.</summary>
    /// <exception cref="IOException">It cannot be written, or others may read it.</exception>
    public static KeyLog? FromEnvironment()
    {
        return Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } file ? new KeyLog(file) : null;
    }

    /// <summary>Mask and tag of packets in the clear. Of copies of a packet only the first is written.</summary>
    internal void WriteClear(string maskLabel, string keyLabel, ulong id, byte[] mask, byte[] key)
    {
        lock (_lock)
        {
            if (_written.Count >= Remembered)
            {
                _written.Clear();
            }

            if (!_written.Add((keyLabel, id)))
            {
                return;
            }
        }

        Write((maskLabel, id, mask), (keyLabel, id, key));
    }

    /// <summary>Mask and tag of an emergency's packets in the clear.</summary>
    internal void WriteEmergency(ulong id, byte[] mask, byte[] key) => Write((EmergencyMask, id, mask), (EmergencyKey, id, key));

    /// <summary>The mask of a session from an epoch on, and numbers of the client's packets and the server's that none is below.</summary>
    internal void WriteSpace(ulong id, int epoch, byte[] mask, ulong clientNumber, ulong serverNumber)
    {
        byte[] numbers = new byte[16];
        Packets.Wire.WriteU64(numbers, 0, clientNumber);
        Packets.Wire.WriteU64(numbers, 8, serverNumber);
        string suffix = epoch.ToString(CultureInfo.InvariantCulture);
        Write((Mask + suffix, id, mask), (Numbers + suffix, id, numbers));
    }

    /// <summary>The keys of an epoch.</summary>
    internal void WriteEpoch(ulong id, Keys.EpochKeys keys)
    {
        string suffix = keys.Epoch.ToString(CultureInfo.InvariantCulture);
        Write(
            (SessionKey + suffix, id, keys.SessionKey), (ClientKey + suffix, id, keys.ClientKey), (ServerKey + suffix, id, keys.ServerKey),
            (AuthenticationKey + suffix, id, keys.AuthenticationKey));
    }

    private static void Append(byte[] text, ref int length, string label, ulong id, byte[] value)
    {
        length += Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{label} {id:x16} "), text.AsSpan(length));
        Convert.TryToHexStringLower(value, text.AsSpan(length), out int digits);
        length += digits;
        text[length++] = (byte)'\n';
    }

    // Lines in one go, so that those of several programs do not mix.
    private void Write(params (string Label, ulong Id, byte[]? Value)[] lines)
    {
        byte[] text = ArrayPool<byte>.Shared.Rent(1024);
        int length = 0;
        foreach ((string label, ulong id, byte[]? value) in lines)
        {
            if (value != null)
            {
                Append(text, ref length, label, id, value);
            }
        }

        try
        {
            lock (_lock)
            {
                using FileStream stream = Open();
                stream.Seek(0, SeekOrigin.End);
                stream.Write(text, 0, length);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure ??= e as IOException ?? new IOException(e.Message, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    // Of this program alone while it is open, as far as the system has that.
    private FileStream Open()
    {
        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Stopwatch time = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(File, options);
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && System.IO.File.Exists(File)
                && time.ElapsedMilliseconds < Patience)
            {
                Thread.Sleep(1);
            }
        }
    }
}
