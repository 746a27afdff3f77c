using System;
using System.IO;

namespace Springtail.Transfer;

/// <summary>
/// The files of one folder of a device's flash, as <c>I:\</c>, to send and to receive into. It has no folders in it, and no permission bits and times:
/// a name with a <c>/</c>, <c>\</c> or <c>:</c> is refused. It does not know how much room there is; when the flash is full, what has arrived stays, so that the transfer can be resumed.
/// </summary>
public sealed class FlashFolder : IFileSource, IFileStore
{
    private readonly string _root;
    private readonly string[] _names;
    private readonly long[] _sizes;
    private FileStream _open;

    /// <param name="root">The folder, with the separator at its end: <c>I:\</c>.</param>
    /// <param name="names">The files to send; null to receive.</param>
    /// <exception cref="IOException">A file to send is not there.</exception>
    public FlashFolder(string root, string[] names)
    {
        _root = root;
        _names = names ?? new string[0];
        _sizes = new long[_names.Length];
        for (int i = 0; i < _names.Length; i++)
        {
            using FileStream file = new FileStream(_root + _names[i], FileMode.Open, FileAccess.Read);
            _sizes[i] = file.Length;
            TotalBytes += _sizes[i];
        }
    }

    /// <inheritdoc/>
    public int Count => _names.Length;

    /// <inheritdoc/>
    public long TotalBytes { get; }

    /// <inheritdoc/>
    public long FreeSpace => -1;

    /// <inheritdoc/>
    public bool KeepsMetadata => false;

    /// <inheritdoc/>
    public bool HasChanged => false;

    /// <inheritdoc/>
    public FileEntry EntryAt(int index) => new FileEntry(_names[index], _sizes[index], FileEntry.Untold, FileEntry.Untold);

    /// <inheritdoc/>
    public bool Open(int index) => OpenToRead(_names[index]);

    /// <inheritdoc/>
    public int Find(string name, out long size)
    {
        size = 0;
        if (name.IndexOf('/') >= 0 || name.IndexOf('\\') >= 0 || name.IndexOf(':') >= 0)
        {
            return StoreEntry.Refused;
        }

        if (!File.Exists(_root + name))
        {
            return StoreEntry.None;
        }

        if (OpenToRead(name))
        {
            size = _open.Length;
            CloseStream();
        }

        return StoreEntry.File;
    }

    /// <inheritdoc/>
    public bool OpenToRead(string name)
    {
        return OpenStream(name, FileMode.Open, FileAccess.Read);
    }

    /// <inheritdoc/>
    public bool OpenToAppend(string name, FileEntry entry)
    {
        if (!OpenStream(name, entry.Offset == 0 ? FileMode.Create : FileMode.OpenOrCreate, FileAccess.ReadWrite))
        {
            return false;
        }

        _open.Seek(0, SeekOrigin.End);
        return true;
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count) => FileStreams.Read(_open, buffer, offset, count);

    /// <inheritdoc/>
    public bool Write(byte[] buffer, int offset, int count) => FileStreams.Write(_open, buffer, offset, count);

    bool IFileStore.Close() => CloseStream();

    void IFileSource.Close() => CloseStream();

    /// <inheritdoc/>
    public int Rename(string from, FileEntry entry)
    {
        string name = entry.Name;
        int found = Find(name, out long size);
        if (found == StoreEntry.File && !entry.Replaces)
        {
            return TransferResult.Exists;
        }

        try
        {
            // Should the power fail between the two, the whole file is still there under its hidden name.
            if (found == StoreEntry.File)
            {
                File.Delete(_root + name);
            }

            File.Move(_root + from, _root + name);
            return TransferResult.Ok;
        }
        catch (IOException)
        {
            return TransferResult.Unwritable;
        }
    }

    /// <inheritdoc/>
    public void SetMetadata(FileEntry entry)
    {
    }

    /// <inheritdoc/>
    public int MakeFolder(FileEntry entry) => TransferResult.BadName;

    /// <inheritdoc/>
    public void Delete(string name)
    {
        if (File.Exists(_root + name))
        {
            File.Delete(_root + name);
        }
    }

    private bool OpenStream(string name, FileMode mode, FileAccess access)
    {
        CloseStream();
        try
        {
            _open = new FileStream(_root + name, mode, access);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool CloseStream()
    {
        FileStream file = _open;
        _open = null;
        if (file == null)
        {
            return true;
        }

        try
        {
            file.Flush();
            file.Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
