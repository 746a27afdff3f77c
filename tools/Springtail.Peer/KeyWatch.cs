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
    private readonly Dictionary<string, string> _complaints = [];
    private Dictionary<string, byte[]> _keys = [];
    private long _changedAt = long.MaxValue;

    /// <param name="files">PSK files by their paths.</param>
    /// <param name="folder">A folder of such; null for none.</param>
    /// <param name="served">The files of the keys that the listener serves already: of the folder's by their names.</param>
    /// <param name="psks">Those keys.</param>
    /// <param name="listener">Serves them.</param>
    /// <param name="output">Takes what there is to tell.</param>
    /// <param name="wake">Called, from any thread, when <see cref="Look"/> has something to do.</param>
    public KeyWatch(string[] files, string? folder, string[] served, byte[][] psks, ChannelListener listener, Output output, Action wake)
    {
        _files = files;
        _folder = folder;
        _listener = listener;
        _output = output;
        for (int i = 0; i < served.Length; i++)
        {
            _keys[served[i]] = psks[i];
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

        Dictionary<string, byte[]> found = [];
        List<string> read = [];
        foreach ((string file, string path) in places)
        {
            try
            {
                if (File.Exists(path))
                {
                    found[file] = PskFile.Read(path);
                    read.Add(file);
                }
            }
            catch (IOException e)
            {
                Complain(file, e.Message);
                if (_keys.TryGetValue(file, out byte[]? before))
                {
                    found[file] = before;
                }
            }
        }

        Keep(found);
        foreach (string file in read)
        {
            try
            {
                Take(file, found[file]);
                _complaints.Remove(file);
            }
            catch (IOException e)
            {
                Complain(file, e.Message);
            }
        }
    }

    // What goes comes first: a key may have moved to another file. A peer's own that has, as when its next one becomes the one that it has, is served on.
    private void Keep(Dictionary<string, byte[]> found)
    {
        Dictionary<string, byte[]> kept = [];
        foreach ((string file, byte[] psk) in _keys)
        {
            bool stays = found.TryGetValue(file, out byte[]? same) && CryptographicOperations.FixedTimeEquals(same, psk);
            string? place = stays ? file : found.FirstOrDefault(f => NameOf(f.Key) == NameOf(file) && CryptographicOperations.FixedTimeEquals(f.Value, psk)).Key;
            if (place == null)
            {
                _listener.RemoveKey(psk);
                CryptographicOperations.ZeroMemory(psk);
                _output.Report(Verbosity.Normal, "key_removed", $"{Output.Printable(file)} is served no more; its sessions have ended.", ("key", file));
            }
            else
            {
                kept[place] = psk;
            }
        }

        _keys = kept;
    }

    private void Take(string file, byte[] psk)
    {
        if (_keys.ContainsKey(file))
        {
            CryptographicOperations.ZeroMemory(psk);
            return;
        }

        if (_keys.FirstOrDefault(k => CryptographicOperations.FixedTimeEquals(k.Value, psk)).Key is { } other)
        {
            throw new IOException($"{file} and {other} hold the same key. Each peer has a key of its own: leave one of the two out.");
        }

        try
        {
            _listener.AddKey(psk, NameOf(file));
        }
        catch (ArgumentException e)
        {
            throw new IOException($"{file} is not served: {e.Message}", e);
        }

        _keys[file] = psk;
        _output.Report(Verbosity.Normal, "key_added", $"{Output.Printable(file)} is served from now on.", ("key", file));
    }

    private string NameOf(string file) => _files.Contains(file) ? file : DeviceName.OfFile(file);

    private void Complain(string name, string text)
    {
        if (!_complaints.TryGetValue(name, out string? said) || said != text)
        {
            _complaints[name] = text;
            _output.Warn(_keys.ContainsKey(name) ? $"{text} The key that it held before is served on." : text, ("key", name));
        }
    }
}
