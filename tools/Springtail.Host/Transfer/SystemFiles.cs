using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;

namespace Springtail.Transfer;

/// <summary>
/// Files and folders of a file system, to be sent, with their permission bits and times. What is named itself is followed and read to its end, be it a
/// link, a pipe or a device; a folder goes with all that is in it but links, pipes, sockets and devices, which are left out.
/// </summary>
public sealed class SystemFiles : IFileSource, IDisposable
{
    /// <summary>The path that stands for the standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The name under which the standard input is offered.</summary>
    public const string StandardInputName = "stdin";

    // A file that was written to so short a time ago, in ns, may be one that is written to all the time.
    private const long Recently = 60_000_000_000;

    // That many bytes before its end tell whether a file that has grown was only appended to.
    private const int TailSize = 4096;
    private const ulong Unknown = 0;

    private readonly List<Item> _items = new();
    private readonly List<string> _leftOut = new();
    private readonly HashSet<int> _cannotBeListed = new();
    private readonly HashSet<int> _usedPipes = new();
    private readonly bool _keepsMetadata;
    private FileStream _open;
    private (long Size, DateTime Time) _opened;

    // What was offered of each file: how many bytes, and a hash of the last of them where it may be written to all the time.
    private readonly Dictionary<int, (long Size, ulong Tail)> _offered = new();
    private bool _isAnother;
    private BackgroundReader _pipe;
    private bool _isPipe;

    /// <param name="paths">
    /// Files and folders, or <see cref="StandardInput"/>. A file is offered under its own name, what is in a folder under the folder's name and its own.
    /// </param>
    /// <param name="keepsMetadata">Whether permission bits and times are told.</param>
    /// <exception cref="IOException">One is not there, or two have the same name.</exception>
    public SystemFiles(IEnumerable<string> paths, bool keepsMetadata = true)
    {
        _keepsMetadata = keepsMetadata;
        Dictionary<string, string> named = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            string name = Add(path);
            if (!named.TryAdd(name, path))
            {
                throw new IOException($"{named[name]} and {path} would have the same name.");
            }
        }
    }

    /// <summary>Links, pipes, sockets and devices in folders, which are not sent.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>A pipe was read from, which cannot be done again.</summary>
    public bool PipeIsUsed => _usedPipes.Count > 0;

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public long TotalBytes => _items.Sum(f => Math.Max(0, f.Size));

    /// <inheritdoc/>
    public bool HasChanged => _isAnother || (_open != null && _opened != (RandomAccess.GetLength(_open.SafeFileHandle), File.GetLastWriteTimeUtc(_open.SafeFileHandle)));

    /// <summary>Takes sizes, permission bits and times as they are now, before the files are offered to somebody.</summary>
    public void LookAgain()
    {
        for (int i = 0; i < _items.Count; i++)
        {
            _items[i] = _items[i].AsNow();
        }
    }

    /// <inheritdoc/>
    public FileEntry EntryAt(int index)
    {
        Item item = _items[index].AsNow();

        // The sizes of all together were told: a file that has grown since is sent to its end, wherever that is.
        long size = item.Size > _items[index].Size ? FileEntry.UnknownSize : item.Size;
        _offered.Remove(index);
        if (size == 0 && !item.IsPipe && Open(index))
        {
            // Some systems' records say 0 where there is something to read, as of /proc.
            size = FileStreams.Read(_open, new byte[1], 0, 1) > 0 ? FileEntry.UnknownSize : 0;
            Close();
        }

        if (size >= 0)
        {
            bool mayGrow = FileStatus.Nanoseconds(DateTime.UtcNow) - item.Time < Recently;
            _offered[index] = (size, mayGrow && size > 0 && OpenFile(item) ? Tail(size) : Unknown);
            Close();
        }

        return new FileEntry(item.Name, size, _keepsMetadata ? item.Mode : FileEntry.Untold, _keepsMetadata ? item.Time : FileEntry.Untold);
    }

    /// <inheritdoc/>
    public bool Open(int index)
    {
        Close();
        Item item = _items[index];
        if (item.IsFolder)
        {
            return !_cannotBeListed.Contains(index);
        }

        _isPipe = item.IsPipe;
        if (item.IsPipe)
        {
            _pipe = _usedPipes.Add(index) ? new BackgroundReader(() => OpenPipe(item.Path)) : null;
            return _pipe != null;
        }

        if (!OpenFile(item))
        {
            return false;
        }

        if (_offered.TryGetValue(index, out (long Size, ulong Tail) offered) && _opened.Size > offered.Size)
        {
            // As many of its bytes as were offered are the whole of a file that is only appended to, and a part of another one.
            _isAnother = offered.Tail == Unknown || offered.Tail != Tail(offered.Size);
        }

        return true;
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count)
    {
        return _isPipe ? _pipe.Read(buffer, offset, count) : _isAnother ? 0 : FileStreams.Read(_open, buffer, offset, count);
    }

    /// <inheritdoc/>
    public void Close()
    {
        _isAnother = false;
        _open?.Dispose();
        _open = null;
        if (_isPipe)
        {
            _pipe?.Dispose();
            _pipe = null;
            _isPipe = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private static Stream OpenPipe(string path)
    {
        return path == StandardInput ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
    }

    private bool OpenFile(Item item)
    {
        try
        {
            // A pipe or a link that has taken the place of a file would be waited for, or lead elsewhere.
            if (FileStatus.Of(item.Path, item.IsNamed).Kind is FileKind.Special or FileKind.Link)
            {
                return false;
            }

            _open = new FileStream(item.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
            _opened = (RandomAccess.GetLength(_open.SafeFileHandle), File.GetLastWriteTimeUtc(_open.SafeFileHandle));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Close();
            return false;
        }
    }

    // A hash of the last bytes of the first so many of the open file.
    private ulong Tail(long size)
    {
        byte[] tail = new byte[Math.Min(TailSize, size)];
        try
        {
            return RandomAccess.Read(_open.SafeFileHandle, tail, size - tail.Length) == tail.Length ? BitConverter.ToUInt64(SHA256.HashData(tail)) : Unknown;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Unknown;
        }
    }

    // Returns the name under which it is offered.
    private string Add(string path)
    {
        if (path == StandardInput)
        {
            _items.Add(new Item(StandardInput, StandardInputName, FileEntry.UnknownSize, FileEntry.Untold, FileEntry.Untold, isPipe: true));
            return StandardInputName;
        }

        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string name = Path.GetFileName(full);
        FileStatus status = FileStatus.Of(full, follow: true);
        switch (status.Kind)
        {
            case FileKind.Folder:
                AddFolder(full, name.Length == 0 ? "" : name + "/", status);
                break;
            case FileKind.File:
                _items.Add(new Item(full, name, status.Size, status.Mode, status.Time, isNamed: true));
                break;
            case FileKind.Special:
                _items.Add(new Item(full, name, FileEntry.UnknownSize, status.Mode, FileEntry.Untold, isPipe: true));
                break;
            default:
                throw new FileNotFoundException($"{path} {(FileStatus.Of(full, follow: false).Kind == FileKind.Link ? "is a link that leads nowhere" : "is not there")}.");
        }

        return name;
    }

    // The name ends in a slash, or is empty for a root.
    private void AddFolder(string path, string name, FileStatus status)
    {
        string[] entries;
        bool isListed = true;
        try
        {
            entries = Directory.GetFileSystemEntries(path, "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
            Array.Sort(entries, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            entries = Array.Empty<string>();
            isListed = false;
        }

        foreach (string entry in entries)
        {
            AddEntry(entry, name + Path.GetFileName(entry));
        }

        if (name.Length > 0)
        {
            if (!isListed)
            {
                _cannotBeListed.Add(_items.Count);
            }

            _items.Add(new Item(path, name, FileEntry.UnknownSize, status.Mode, status.Time));
        }
    }

    private void AddEntry(string path, string name)
    {
        FileStatus status = FileStatus.Of(path, follow: false);
        switch (status.Kind)
        {
            case FileKind.Folder:
                AddFolder(path, name + "/", status);
                break;
            case FileKind.Link or FileKind.Special:
                _leftOut.Add(path);
                break;
            default:
                // A name that is no Unicode, or a file that was there a moment ago: refused, or not to be read, when its turn comes.
                if (!Path.GetFileName(path).StartsWith(TransferName.PartialPrefix, StringComparison.OrdinalIgnoreCase))
                {
                    _items.Add(new Item(path, name, status.Size, status.Mode, status.Time));
                }

                break;
        }
    }

    private readonly struct Item
    {
        public Item(string path, string name, long size, int mode, long time, bool isPipe = false, bool isNamed = false)
        {
            Path = path;
            Name = name;
            Size = size;
            Mode = mode;
            Time = time;
            IsPipe = isPipe;
            IsNamed = isNamed;
        }

        public string Path { get; }

        public string Name { get; }

        public long Size { get; }

        public int Mode { get; }

        public long Time { get; }

        public bool IsPipe { get; }

        /// <summary>On the command line, so that a link is followed.</summary>
        public bool IsNamed { get; }

        public bool IsFolder => Name[^1] == '/';

        /// <summary>The same with the size, the bits and the time that it has now; as it is where something else has its place.</summary>
        public Item AsNow()
        {
            FileStatus status = IsPipe ? default : FileStatus.Of(Path, IsNamed);
            return status.Kind == (IsFolder ? FileKind.Folder : FileKind.File) ? new Item(Path, Name, IsFolder ? Size : status.Size, status.Mode, status.Time, IsPipe, IsNamed) : this;
        }
    }
}
