#nullable enable
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;

namespace Springtail.Sessions;

/// <summary>How often each token failed, in a file of lines: the token's name, which does not tell the token without the installation_id, and a count.</summary>
internal sealed class TokenFailures
{
    // Tokens whose counts are kept; those that failed last.
    private const int Kept = 4096;

    // Each of several processes that start at once holds the file while it writes to a disk that may be slow.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly string _file;
    private readonly byte[] _key;

    public TokenFailures(string file, byte[] key)
    {
        _file = file;
        _key = key;
    }

    /// <summary>The count of a token, and the file, which no other process changes until it is given to <see cref="Keep"/>.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public FileStream Recall(string token, out int failures)
    {
        FileStream file = OpenAlone();
        failures = Read(file).LastOrDefault(e => e.Name == NameOf(token)).Failures;
        return file;
    }

    /// <summary>Writes the count of a token, and lets other processes in.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Keep(FileStream file, string token, int failures)
    {
        using (file)
        {
            string name = NameOf(token);
            List<(string Name, int Failures)> entries = Read(file);
            entries.RemoveAll(e => e.Name == name);
            if (failures > 0)
            {
                entries.Add((name, failures));
            }

            byte[] text = Encoding.ASCII.GetBytes(string.Concat(entries.TakeLast(Kept).Select(e => $"{e.Name} {e.Failures}\n")));
            file.Position = 0;
            file.Write(text);
            file.SetLength(text.Length);
            file.Flush(flushToDisk: true);
        }
    }

    private static List<(string Name, int Failures)> Read(FileStream file)
    {
        file.Position = 0;
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return Encoding.ASCII.GetString(bytes).Split('\n').Select(l => l.Split(' '))
            .Where(l => l.Length == 2 && int.TryParse(l[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(l => (l[0], int.Parse(l[1], CultureInfo.InvariantCulture))).ToList();
    }

    private FileStream OpenAlone()
    {
        DateTime end = DateTime.UtcNow + s_patience;
        while (true)
        {
            try
            {
                return PrivateFiles.Open(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < end && File.Exists(_file))
            {
                Thread.Sleep(10);
            }
        }
    }

    private string NameOf(string token) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes("token " + token)).AsSpan(0, 16));
}

internal sealed partial class TokenGuard
{
    private TokenFailures? _kept;
    private string _token = "";
    private FileStream? _file;

    /// <summary>The count begins where earlier processes left it.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public void KeepIn(TokenFailures kept, string token)
    {
        lock (_lock)
        {
            (_kept, _token) = (kept, token);
            Recall();
            Keep();
        }
    }

    partial void Recall()
    {
        if (_kept != null)
        {
            _file = _kept.Recall(_token, out int failures);
            Failures = failures;
        }
    }

    partial void Keep()
    {
        if (_file is { } file)
        {
            _file = null;
            _kept!.Keep(file, _token, Failures);
        }
    }
}
