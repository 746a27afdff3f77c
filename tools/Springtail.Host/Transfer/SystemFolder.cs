using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Springtail.Transfer;

/// <summary>
/// A folder of a file system that files are received into. No link in it is followed. Whoever else can write to the folder at the same time is trusted:
/// what is there is looked at before it is used, not held fast. A look-up asks the system for each folder on the way and for nothing else, so that it
/// takes the same time however many files there are.
/// </summary>
public sealed class SystemFolder : IFileStore, IDisposable
{
    /// <summary>The mode of a folder that is made on the way; the sticky bit tells it, until its own entry comes, from one that was there.</summary>
    internal const UnixFileMode OwnersFolder = OwnerAlone | UnixFileMode.UserExecute | UnixFileMode.StickyBit;

    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _root;

    // The folders that were made here, so that they and no others get their times.
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);
    private FileStream _open;

    // The names in the folder that was listed last.
    private string _listedFolder;
    private HashSet<string> _listed = new(StringComparer.Ordinal);

    /// <param name="path">The folder; made when it is not there.</param>
    /// <param name="keepsMetadata">Whether permission bits and times of the sender's are kept.</param>
    /// <exception cref="IOException">It cannot be made, listed or written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made, listed or written.</exception>
    public SystemFolder(string path, bool keepsMetadata = true)
    {
        _root = Directory.CreateDirectory(path).FullName;
        KeepsMetadata = keepsMetadata;
        using IEnumerator<string> first = Directory.EnumerateFiles(_root).GetEnumerator();
        first.MoveNext();

        // Each file begins as a hidden one here.
        PrivateFiles.CheckWritable(_root);
    }

    /// <inheritdoc/>
    public bool KeepsMetadata { get; }

    /// <summary>How often a folder was listed to see how a name in it is spelled.</summary>
    internal int Listings { get; private set; }

    /// <summary>The whole path.</summary>
    public string FullName => _root;

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
        if (OperatingSystem.IsWindows() && !WindowsName.Check(name))
        {
            return StoreEntry.Refused;
        }

        for (int end = 0; end < name.Length;)
        {
            int start = end == 0 ? 0 : end + 1;
            end = name.IndexOf('/', start) is >= 0 and int slash ? slash : name.Length;
            FileStatus status = FileStatus.Of(PathOf(name[..end]), follow: false);
            if (status.Kind == FileKind.None)
            {
                return StoreEntry.None;
            }

            if (!IsSpelledSo(name[..end], start, status))
            {
                return StoreEntry.OtherSpelling;
            }

            if (status.Kind is FileKind.Link or FileKind.Special || (status.Kind == FileKind.File && end < name.Length))
            {
                return StoreEntry.Blocked;
            }

            if (end == name.Length)
            {
                size = status.Kind == FileKind.File ? status.Size : 0;
                return status.Kind == FileKind.File ? StoreEntry.File : StoreEntry.Folder;
            }
        }

        return StoreEntry.None;
    }

    /// <inheritdoc/>
    public bool OpenToRead(string name) => Find(name, out _) == StoreEntry.File && Open(name, new FileStreamOptions { Share = FileShare.Read, BufferSize = 0 });

    /// <inheritdoc/>
    public bool OpenToAppend(string name, FileEntry entry)
    {
        int found = Find(name, out _);
        if (found != StoreEntry.None && found != StoreEntry.File)
        {
            return false;
        }

        if (entry.Offset == 0 && found == StoreEntry.File)
        {
            Delete(name);
            found = StoreEntry.None;
        }

        // A file that is not there is made, and not one that a link made meanwhile points to.
        FileStreamOptions options = new() { Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        options.Mode = found == StoreEntry.None ? FileMode.CreateNew : FileMode.Open;
        if (entry.Mode >= 0 && found == StoreEntry.None && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerAlone;
        }

        if (!Open(name, options))
        {
            return false;
        }

        try
        {
            if (entry.Mode >= 0 && found == StoreEntry.File && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_open.SafeFileHandle, OwnerAlone);
            }

            _open.Seek(0, SeekOrigin.End);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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
    public int Rename(string from, FileEntry entry)
    {
        string name = entry.Name;
        int found = Find(name, out _);
        int result = found switch
        {
            StoreEntry.None => MakeFolders(name, entry.Mode >= 0),
            StoreEntry.File => entry.Replaces ? TransferResult.Ok : TransferResult.Exists,
            StoreEntry.OtherSpelling => TransferResult.Clash,
            StoreEntry.Refused => TransferResult.BadName,
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
            FileStatus.Set(PathOf(from), entry.Mode, entry.Time);
            File.Move(PathOf(from), target, entry.Replaces);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !entry.Replaces && File.Exists(target) ? TransferResult.Exists : TransferResult.Unwritable;
        }

        NoteMade(target);
        return TransferResult.Ok;
    }

    /// <inheritdoc/>
    public void SetMetadata(FileEntry entry)
    {
        if (Find(entry.Path, out _) is StoreEntry.File or StoreEntry.Folder)
        {
            FileStatus.Set(PathOf(entry.Path), entry.Mode, entry.Time);
        }
    }

    /// <inheritdoc/>
    public int MakeFolder(FileEntry entry)
    {
        int result = MakeFolders(entry.Name, entry.Mode >= 0);
        if (result == TransferResult.Ok && (entry.Replaces || _made.Contains(entry.Path) || FileStatus.Of(PathOf(entry.Path), follow: false).IsOnTheWay))
        {
            _made.Remove(entry.Path);
            SetMetadata(entry);
        }

        return result;
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        try
        {
            File.Delete(PathOf(name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, hidden.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private string PathOf(string name) => Path.Combine(_root, name.Replace('/', Path.DirectorySeparatorChar));

    private bool Open(string name, FileStreamOptions options)
    {
        try
        {
            _open = new FileStream(PathOf(name), options);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // The folders that a name has before its last slash, one after the other, none through a link.
    private int MakeFolders(string name, bool isPrivate)
    {
        for (int end = name.IndexOf('/'); end >= 0; end = name.IndexOf('/', end + 1))
        {
            string folder = name[..end];
            switch (Find(folder, out _))
            {
                case StoreEntry.Folder:
                    continue;
                case StoreEntry.None:
                    break;
                case StoreEntry.OtherSpelling:
                    return TransferResult.Clash;
                case StoreEntry.Refused:
                    return TransferResult.BadName;
                default:
                    return TransferResult.Blocked;
            }

            try
            {
                string path = PathOf(folder);
                _ = isPrivate && !OperatingSystem.IsWindows() ? Directory.CreateDirectory(path, OwnersFolder) : Directory.CreateDirectory(path);
                _made.Add(folder);
                NoteMade(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return TransferResult.Unwritable;
            }
        }

        return TransferResult.Ok;
    }

    // Where upper and lower case or two Unicode forms are one name, a name can be found and still be another. Where no other form of it is the same
    // file it is spelled so; otherwise, and where the system does not say, its folder is listed.
    private bool IsSpelledSo(string name, int start, FileStatus status)
    {
        string part = name[start..];
        if (part.StartsWith(TransferName.PartialPrefix, StringComparison.Ordinal) || (status.HasIdentity && !HasAnotherForm(name, part, status)))
        {
            return true;
        }

        string folder = start == 0 ? _root : PathOf(name[..(start - 1)]);
        if (_listedFolder != folder || !_listed.Contains(part))
        {
            EnumerationOptions all = new() { AttributesToSkip = 0 };
            _listed = new HashSet<string>(Directory.EnumerateFileSystemEntries(folder, "*", all).Select(Path.GetFileName), StringComparer.Ordinal);
            _listedFolder = folder;
            Listings++;
        }

        return _listed.Contains(part);
    }

    private bool HasAnotherForm(string name, string part, FileStatus status)
    {
        string folder = name[..^part.Length];
        return IsSame(part.ToUpperInvariant()) || IsSame(part.ToLowerInvariant())
            || IsSame(part.Normalize(NormalizationForm.FormC)) || IsSame(part.Normalize(NormalizationForm.FormD));

        bool IsSame(string form) => form != part && FileStatus.Of(PathOf(folder + form), follow: false).IsSameAs(status);
    }

    private void NoteMade(string path)
    {
        if (Path.GetDirectoryName(path) == _listedFolder)
        {
            _listed.Add(Path.GetFileName(path));
        }
    }
}
