using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;

namespace Springtail.Peer;

/// <summary>
/// The PSK files that a listener serves, followed while it runs: what is added to their folder is served, what is removed is no more, and a file with another
/// key is both. A file that cannot be read keeps the key that it had, and that is told once.
/// </summary>
internal sealed class KeyWatch : IDisposable
{
    // A file is written in some steps; the last of them is waited for, in ms.
    private const int SettleTime = 200;

    private readonly string[] _files;
    private readonly string? _folder;
    private readonly ChannelListener _listener;
    private readonly Output _output;
    private readonly FileSystemWatcher? _watcher;
    private readonly Dictionary<string, byte[]> _keys = [];
    private readonly Dictionary<string, string> _complaints = [];
    private long _changedAt = long.MaxValue;

    /// <param name="files">PSK files by their paths.</param>
    /// <param name="folder">A folder of such; null for none.</param>
    /// <param name="names">The names of the keys that the listener serves already.</param>
    /// <param name="psks">Those keys.</param>
    /// <param name="listener">Serves them.</param>
    /// <param name="output">Takes what there is to tell.</param>
    /// <param name="wake">Called, from any thread, when <see cref="Look"/> has something to do.</param>
    public KeyWatch(string[] files, string? folder, string[] names, byte[][] psks, ChannelListener listener, Output output, Action wake)
    {
        _files = files;
        _folder = folder;
        _listener = listener;
        _output = output;
        for (int i = 0; i < names.Length; i++)
        {
            _keys[names[i]] = psks[i];
        }

        if (folder == null)
        {
            return;
        }

        // It may have changed since it was read.
        _changedAt = Environment.TickCount64;
        try
        {
            _watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Attributes };
            _watcher.Changed += (_, _) => Note();
            _watcher.Created += (_, _) => Note();
            _watcher.Deleted += (_, _) => Note();
            _watcher.Renamed += (_, _) => Note();
            _watcher.Error += (_, _) => Note();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            output.Warn($"{folder} cannot be watched ({e.Message}): SIGHUP has it read again.");
        }

        void Note()
        {
            Volatile.Write(ref _changedAt, Environment.TickCount64);
            wake();
        }
    }

    /// <summary>Reads the keys again when <see cref="Look"/> is called next.</summary>
    public void Ask() => Volatile.Write(ref _changedAt, long.MinValue);

    /// <summary>Reads the keys again, if something has changed and settled.</summary>
    public void Look(long now)
    {
        long changedAt = Volatile.Read(ref _changedAt);
        if (changedAt != long.MaxValue && (changedAt == long.MinValue || now - changedAt >= SettleTime))
        {
            Interlocked.CompareExchange(ref _changedAt, long.MaxValue, changedAt);
            Read();
            _output.Report(changedAt == long.MinValue ? Verbosity.Normal : Verbosity.Detailed, "keys", $"{Output.Count(_keys.Count, "key")} served.", ("keys", _keys.Count));
        }
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        foreach (byte[] psk in _keys.Values)
        {
            CryptographicOperations.ZeroMemory(psk);
        }
    }

    private void Read()
    {
        Dictionary<string, string> places = _files.ToDictionary(f => f, f => f);
        try
        {
            foreach (string name in _folder == null ? [] : PskFolder.NamesIn(_folder))
            {
                places[name] = Path.Combine(_folder!, name);
            }
        }
        catch (IOException e)
        {
            Complain(_folder!, e.Message);
            return;
        }

        // What goes comes first: a key may have moved to another file.
        foreach ((string name, byte[] psk) in _keys.ToArray())
        {
            if (!places.TryGetValue(name, out string? path) || !File.Exists(path))
            {
                Remove(name, psk);
            }
        }

        foreach ((string name, string path) in places)
        {
            try
            {
                if (File.Exists(path))
                {
                    Take(name, PskFile.Read(path));
                    _complaints.Remove(name);
                }
            }
            catch (IOException e)
            {
                Complain(name, e.Message);
            }
        }
    }

    private void Take(string name, byte[] psk)
    {
        _keys.TryGetValue(name, out byte[]? before);
        if (before != null && CryptographicOperations.FixedTimeEquals(before, psk))
        {
            CryptographicOperations.ZeroMemory(psk);
            return;
        }

        if (_keys.FirstOrDefault(k => CryptographicOperations.FixedTimeEquals(k.Value, psk)).Key is { } other)
        {
            throw new IOException($"{name} and {other} hold the same key. Each peer has a key of its own: leave one of the two out.");
        }

        if (before != null)
        {
            Remove(name, before);
        }

        try
        {
            _listener.AddKey(psk, name);
        }
        catch (ArgumentException e)
        {
            throw new IOException($"{name} is not served: {e.Message}", e);
        }

        _keys[name] = psk;
        _output.Report(Verbosity.Normal, "key_added", $"{Output.Printable(name)} is served from now on.", ("key", name));
    }

    private void Remove(string name, byte[] psk)
    {
        _listener.RemoveKey(psk);
        _keys.Remove(name);
        CryptographicOperations.ZeroMemory(psk);
        _output.Report(Verbosity.Normal, "key_removed", $"{Output.Printable(name)} is served no more; its sessions have ended.", ("key", name));
    }

    private void Complain(string name, string text)
    {
        if (!_complaints.TryGetValue(name, out string? said) || said != text)
        {
            _complaints[name] = text;
            _output.Warn(_keys.ContainsKey(name) ? $"{text} The key that it held before is served on." : text, ("key", name));
        }
    }
}
