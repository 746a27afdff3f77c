using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Springtail.Hosting;

namespace Springtail.Gateway;

/// <summary>The devices' keys: a folder, made when missing, whose files are taken up, and given up, while the gateway runs.</summary>
internal sealed partial class KeyFolder(GatewaySettings settings, ILogger<KeyFolder> logger) : BackgroundService
{
    // A watcher may miss something (network file systems do): the folder is looked through after this time too.
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (Stamp Stamp, byte[]? Psk, bool IsUnread)> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changed = new(0);

    private volatile bool _hasRead;

    // Grows whenever a file has come, changed or gone.
    private int _version = 1;

    /// <summary>Whose keys are set when the folder changes; the host's listener.</summary>
    public HostedListener? Listener { get; set; }

    /// <summary>The devices that have keys, in the order of their names; the same array as long as they are the same.</summary>
    public string[] Names { get; private set; } = [];

    /// <summary>False when there is no key of that name; true as long as nobody has looked.</summary>
    public bool MayHave(string name) => !_hasRead || Array.BinarySearch(Names, name, StringComparer.Ordinal) >= 0;

    /// <summary>Reads what there is; makes the folder when it is missing.</summary>
    /// <returns>Names and keys; a device that has a next key (NAME.next) is there twice. A file that is no key, has a name that is none, or holds another's key, is left out and said.</returns>
    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    public (string[] Names, byte[][] Psks) Read()
    {
        if (!Directory.Exists(settings.Keys))
        {
            PrivateFiles.MakeFolder(settings.Keys);
        }

        Dictionary<string, string> holders = new(StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<(string Name, byte[] Psk)> keys = [];
        foreach (FileInfo file in new DirectoryInfo(settings.Keys).EnumerateFiles().Where(f => f.Name[0] != '.').OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            seen.Add(file.Name);
            byte[]? psk = KeyOf(file);
            if (psk == null)
            {
                continue;
            }

            if (holders.TryAdd(Convert.ToHexString(psk), file.Name))
            {
                keys.Add((DeviceName.OfFile(file.Name), psk));
            }
            else
            {
                LogSame(file.Name, holders[Convert.ToHexString(psk)]);
            }
        }

        foreach (string gone in _known.Keys.Except(seen).ToArray())
        {
            _known.Remove(gone);
            _version++;
        }

        string[] names = [.. keys.Select(k => k.Name).Distinct().Order(StringComparer.Ordinal)];
        if (!names.AsSpan().SequenceEqual(Names))
        {
            Names = names;
        }

        _hasRead = true;
        return ([.. keys.Select(k => k.Name)], [.. keys.Select(k => k.Psk)]);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using FileSystemWatcher? watcher = Watch();
        int taken = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await _changed.WaitAsync(s_lookAgain, stoppingToken))
                {
                    // A file is written in more than one step.
                    await Task.Delay(100, stoppingToken);
                    while (_changed.Wait(0, CancellationToken.None))
                    {
                    }
                }

                (string[] names, byte[][] psks) = Read();
                if (_version != taken && Listener is { } listener)
                {
                    listener.SetKeys(names, psks);
                    if (taken > 0)
                    {
                        LogTaken(Names.Length);
                    }

                    taken = _version;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogUnread(settings.Keys, e.Message);
            }
            catch (OperationCanceledException)
            {
            }
        }
    }

    // Null where the system has no more watchers, or the folder has just gone: then it is looked through from time to time alone.
    private FileSystemWatcher? Watch()
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(settings.Keys);
            watcher.NotifyFilter |= NotifyFilters.Attributes;
            watcher.Changed += Notice;
            watcher.Created += Notice;
            watcher.Deleted += Notice;
            watcher.Renamed += Notice;
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            watcher?.Dispose();
            LogUnwatched(settings.Keys, e.Message, s_lookAgain.TotalSeconds);
            return null;
        }
    }

    private void Notice(object sender, FileSystemEventArgs e) => _changed.Release();

    private byte[]? KeyOf(FileInfo file)
    {
        Stamp stamp = Stamp.Of(file);
        bool isKnown = _known.TryGetValue(file.Name, out (Stamp Stamp, byte[]? Psk, bool IsUnread) known) && known.Stamp == stamp;
        if (isKnown && !known.IsUnread)
        {
            return known.Psk;
        }

        byte[]? psk = null;
        bool isUnread = false;
        if (!DeviceName.IsValid(DeviceName.OfFile(file.Name)))
        {
            LogName(file.Name, DeviceName.Rule);
        }
        else
        {
            try
            {
                // Nobody waits for the other end of a pipe.
                psk = stamp.Size == 0 ? throw new IOException($"{file.FullName} is empty, or leads to no file.") : PskFile.Read(file.FullName);
            }
            catch (IOException e)
            {
                // What the system did not let it read is tried again, and said once.
                isUnread = e.InnerException != null;
                if (!isKnown)
                {
                    LogNoKey(e.Message);
                }
            }
        }

        _known[file.Name] = (stamp, psk, isUnread);
        if (!isKnown || psk != null)
        {
            _version++;
        }

        return psk;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The folder of keys has changed: {Keys} devices are served")]
    private partial void LogTaken(int keys);

    [LoggerMessage(Level = LogLevel.Error, Message = "The folder of keys {Folder} cannot be read: {Reason}")]
    private partial void LogUnread(string folder, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder of keys {Folder} cannot be watched ({Reason}): it is looked through every {Seconds} s")]
    private partial void LogUnwatched(string folder, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The key file {Name} is left out: a device's name has {Rule}")]
    private partial void LogName(string name, string rule);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A key file is left out: {Reason}")]
    private partial void LogNoKey(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The key file {Name} is left out: {Other} holds the same key, and each device has its own")]
    private partial void LogSame(string name, string other);

    // By what a file is known to be the one that was read; of a link, the file that it leads to. Copies keep the time of the first, and rights alone may change.
    private readonly record struct Stamp(DateTime Changed, DateTime Made, long Size, UnixFileMode Mode)
    {
        public static Stamp Of(FileInfo file)
        {
            FileSystemInfo end = file.LinkTarget == null ? file : file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            return new Stamp(end.LastWriteTimeUtc, end.CreationTimeUtc, end is FileInfo { Exists: true } read ? read.Length : 0, end.UnixFileMode);
        }
    }
}
