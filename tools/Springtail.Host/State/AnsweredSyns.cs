#nullable enable
using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;

namespace Springtail.Listening;

/// <summary>
/// SYNs that a listener took in the last day, so that none is taken twice after the system's clock was set back, nor, with a state folder, after a restart
/// (PROTOCOL.md 5). The last 65 536 of each PSK are known.
/// </summary>
internal sealed class AnsweredSyns : IDisposable
{
    private const int PerPsk = 65536;
    private const long Hour = 3600000;
    private const int Hours = 24;
    private const string Prefix = "answered-";

    // A name and when it was noted; the name of a SYN is its session_id and key_exchange_id.
    private readonly HashSet<ulong> _known = new();
    private readonly Queue<(ulong Name, long At)> _before = new();
    private readonly Dictionary<int, Queue<(ulong Name, long At)>> _ofPsk = new();
    private readonly string? _folder;
    private FileStream? _file;
    private long _fileHour = -1;

    /// <param name="folder">The state folder; null for none.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">ms since 1970.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public AnsweredSyns(string? folder, long now, long utcNow)
    {
        _folder = folder;
        foreach (string file in folder == null ? Array.Empty<string>() : Directory.GetFiles(folder, Prefix + "*"))
        {
            if (!long.TryParse(Path.GetFileName(file).AsSpan(Prefix.Length), out long hour) || hour < utcNow / Hour - Hours)
            {
                File.Delete(file);
                continue;
            }

            HasMemory = true;
            byte[] bytes = File.ReadAllBytes(file);
            for (int at = 0; at + sizeof(ulong) <= bytes.Length; at += sizeof(ulong))
            {
                ulong name = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
                if (_known.Add(name))
                {
                    _before.Enqueue((name, now));
                }
            }
        }
    }

    /// <summary>The folder holds SYNs that were taken in the last day by a listener before this one: those of the last minutes are among them.</summary>
    public bool HasMemory { get; }

    /// <summary>Whether a SYN was taken before.</summary>
    public bool Contains(ulong sessionId, ushort keyExchangeId) => _known.Contains(NameOf(sessionId, keyExchangeId));

    /// <summary>Notes a SYN that is taken.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Add(ulong sessionId, ushort keyExchangeId, int psk, long now, long utcNow)
    {
        if (!_ofPsk.TryGetValue(psk, out Queue<(ulong Name, long At)>? names))
        {
            _ofPsk.Add(psk, names = new());
        }

        Forget(names, now, PerPsk - 1);
        Forget(_before, now, int.MaxValue);
        ulong name = NameOf(sessionId, keyExchangeId);
        _known.Add(name);
        names.Enqueue((name, now));
        Write(name, utcNow);
    }

    private static ulong NameOf(ulong sessionId, ushort keyExchangeId) => sessionId ^ ((ulong)keyExchangeId << 48 | keyExchangeId);

    private void Forget(Queue<(ulong Name, long At)> names, long now, int most)
    {
        while (names.TryPeek(out (ulong Name, long At) oldest) && (names.Count > most || now - oldest.At > Hours * Hour))
        {
            _known.Remove(names.Dequeue().Name);
        }
    }

    private void Write(ulong name, long utcNow)
    {
        if (_folder == null)
        {
            return;
        }

        // Several listeners may add to one file: each writes whole names, at its end.
        long hour = utcNow / Hour;
        if (hour != _fileHour)
        {
            _file?.Dispose();
            _file = PrivateFiles.Open(Path.Combine(_folder, Prefix + hour), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            _fileHour = hour;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, name);
        _file!.Write(bytes);
    }

    public void Dispose() => _file?.Dispose();
}

internal sealed partial class Reception
{
    private AnsweredSyns? _answered;

    // With a token whoever asks can make SYNs, and the token's guard counts them.
    partial void Open(long now, long utcNow)
    {
        _answered = _options.Token == null ? new AnsweredSyns(_options.State?.Path, now, utcNow) : null;
        _remembersFrom -= _answered?.HasMemory == true ? Day : 0;
    }

    partial void Recall(ulong sessionId, ushort keyExchangeId, ref bool isKnown) => isKnown = _answered?.Contains(sessionId, keyExchangeId) == true;

    partial void Keep(ulong sessionId, ushort keyExchangeId, long now, long utcNow, ref bool isKept)
    {
        try
        {
            _answered?.Add(sessionId, keyExchangeId, Psk, now, utcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            isKept = false;
        }
    }

    partial void Close() => _answered?.Dispose();
}
