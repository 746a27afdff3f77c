using System;
using System.Collections.Generic;
using System.IO;

namespace Springtail.Transfer;

/// <summary>
/// A folder of a file system that files are received into. No link in it is followed. Whoever else can write to the folder at the same time is trusted:
/// what is there is looked at before it is used, not held fast.
/// </summary>
public sealed class SystemFolder : IFileStore, IDisposable
{
    private readonly string _root;
    private readonly HashSet<string> _partials = new(StringComparer.Ordinal);
    private FileStream _open;

    // The names in the folder that was looked at last.
    private string _listedFolder;
    private HashSet<string> _listed = new(StringComparer.Ordinal);

    /// <param name="path">The folder; made when it is not there.</param>
    /// <exception cref="IOException">It cannot be made or listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made or listed.</exception>
    public SystemFolder(string path)
    {
        _root = Directory.CreateDirectory(path).FullName;
        foreach (string file in Directory.EnumerateFiles(_root, TransferName.PartialPrefix + "*", new EnumerationOptions { AttributesToSkip = 0 }))
        {
            _partials.Add(Path.GetFileName(file));
        }
    }

    /// <summary>The whole path.</summary>
    public string FullName => _root;

    /// <summary>True when a file is there of which not all has come.</summary>
    public bool HasPartials => _partials.Count > 0;

    /// <inheritdoc/>
    public long FreeSpace
    {
        get
        {
            try
            {
                return new DriveInfo(_root).AvailableFreeSpace;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return -1;
            }
        }
    }

    /// <inheritdoc/>
    public int Find(string name, out long size)
    {
        size = 0;
        string path = _root;
        string[] parts = name.Split('/');
        for (int i = 0; i < parts.Length; i++)
        {
            string folder = path;
            path = Path.Combine(folder, parts[i]);
            FileInfo info = new(path);
            if ((int)info.Attributes == -1)
            {
                return StoreEntry.None;
            }

            if (!IsSpelledSo(folder, parts[i]))
            {
                return StoreEntry.OtherSpelling;
            }

            if (info.LinkTarget != null || (info.Attributes & (FileAttributes.ReparsePoint | FileAttributes.Device)) != 0 || SpecialFile.Is(path))
            {
                return StoreEntry.Blocked;
            }

            bool isFolder = (info.Attributes & FileAttributes.Directory) != 0;
            if (i == parts.Length - 1)
            {
                size = isFolder ? 0 : info.Length;
                return isFolder ? StoreEntry.Folder : StoreEntry.File;
            }

            if (!isFolder)
            {
                return StoreEntry.Blocked;
            }
        }

        return StoreEntry.None;
    }

    /// <inheritdoc/>
    public bool OpenToRead(string name)
    {
        // What has no bytes need not be opened, and a pipe, which has none either, must not be, where the system does not tell one.
        return Find(name, out long size) == StoreEntry.File && (size == 0 || Open(name, FileMode.Open, FileAccess.Read));
    }

    /// <inheritdoc/>
    public bool OpenToAppend(string name, bool empty)
    {
        int found = Find(name, out long size);
        if (found != StoreEntry.None && found != StoreEntry.File)
        {
            return false;
        }

        // A file that is not there is made, and not one that a link made meanwhile points to.
        if (!Open(name, found == StoreEntry.None ? FileMode.CreateNew : FileMode.Open, FileAccess.Write))
        {
            return false;
        }

        _partials.Add(name);
        try
        {
            if (empty)
            {
                _open.SetLength(0);
            }

            _open.Seek(0, SeekOrigin.End);
            return true;
        }
        catch (IOException)
        {
            Close();
            return false;
        }
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count) => _open == null ? 0 : FileStreams.Read(_open, buffer, offset, count);

    /// <inheritdoc/>
    public bool Write(byte[] buffer, int offset, int count) => FileStreams.Write(_open, buffer, offset, count);

    /// <inheritdoc/>
    public bool Close()
    {
        FileStream file = _open;
        _open = null;
        try
        {
            if (file is { CanWrite: true })
            {
                file.Flush(flushToDisk: true);
            }

            file?.Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public int Rename(string from, string name, bool replace)
    {
        int found = Find(name, out _);
        int result = found switch
        {
            StoreEntry.None => MakeFolders(name, name.LastIndexOf('/')),
            StoreEntry.File => replace ? TransferResult.Ok : TransferResult.Exists,
            StoreEntry.OtherSpelling => TransferResult.Clash,
            _ => TransferResult.Blocked,
        };
        if (Find(from, out _) != StoreEntry.File)
        {
            // Somebody has taken it away, and put a link there perhaps.
            result = TransferResult.Unwritable;
        }

        if (result != TransferResult.Ok)
        {
            return result;
        }

        string target = PathOf(name);
        try
        {
            File.Move(PathOf(from), target, replace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !replace && File.Exists(target) ? TransferResult.Exists : TransferResult.Unwritable;
        }

        _partials.Remove(from);
        NoteMade(target);
        return TransferResult.Ok;
    }

    /// <inheritdoc/>
    public int MakeFolder(string name) => MakeFolders(name, name.Length);

    /// <inheritdoc/>
    public void Delete(string name)
    {
        try
        {
            File.Delete(PathOf(name));
            _partials.Remove(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, hidden.
        }
    }

    /// <inheritdoc/>
    public void DeleteOthers(string beginning, string kept)
    {
        foreach (string partial in new List<string>(_partials))
        {
            if (partial != kept && partial.StartsWith(beginning, StringComparison.Ordinal))
            {
                Delete(partial);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private string PathOf(string name) => Path.Combine(_root, name.Replace('/', Path.DirectorySeparatorChar));

    private bool Open(string name, FileMode mode, FileAccess access)
    {
        try
        {
            _open = new FileStream(PathOf(name), mode, access, access == FileAccess.Read ? FileShare.Read : FileShare.None, 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // The folders of a name's first characters, one after the other, none through a link.
    private int MakeFolders(string name, int length)
    {
        for (int end = name.IndexOf('/') is > 0 and int first ? first : name.Length; length > 0; end = name.IndexOf('/', end + 1) is > 0 and int next ? next : name.Length)
        {
            end = Math.Min(end, length);
            string folder = name[..end];
            int found = Find(folder, out _);
            if (found == StoreEntry.OtherSpelling)
            {
                return TransferResult.Clash;
            }

            if (found is not (StoreEntry.None or StoreEntry.Folder))
            {
                return TransferResult.Blocked;
            }

            try
            {
                Directory.CreateDirectory(PathOf(folder));
                NoteMade(PathOf(folder));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return TransferResult.Unwritable;
            }

            if (end == length)
            {
                break;
            }
        }

        return TransferResult.Ok;
    }

    // Where upper and lower case or two Unicode forms are one name, a name can be found and still be another.
    private bool IsSpelledSo(string folder, string name)
    {
        if (_listedFolder != folder || !_listed.Contains(name))
        {
            HashSet<string> names = new(StringComparer.Ordinal);
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 }))
            {
                names.Add(entry.Name);
            }

            _listedFolder = folder;
            _listed = names;
        }

        return _listed.Contains(name);
    }

    private void NoteMade(string path)
    {
        if (Path.GetDirectoryName(path) == _listedFolder)
        {
            _listed.Add(Path.GetFileName(path));
        }
    }
}
