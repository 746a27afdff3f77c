using System;
using System.IO;

namespace Springtail.Transfer;

/// <summary>
/// The files of one folder of a device's flash, as <c>I:\</c>, to send and to receive into. It has no folders in it: a name with a <c>/</c> is refused.
/// How much room there is it does not know; what finds the flash full stays, to be gone on with.
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
    public string NameOf(int index) => _names[index];

    /// <inheritdoc/>
    public long SizeOf(int index) => _sizes[index];

    /// <inheritdoc/>
    public bool Open(int index) => OpenToRead(_names[index]);

    /// <inheritdoc/>
    public int Find(string name, out long size)
    {
        size = 0;
        if (name.IndexOf('/') >= 0)
        {
            return StoreEntry.Blocked;
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
    public bool OpenToAppend(string name, bool empty)
    {
        if (!OpenStream(name, empty ? FileMode.Create : FileMode.OpenOrCreate, FileAccess.ReadWrite))
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
    public int Rename(string from, string name, bool replace)
    {
        int found = Find(name, out long size);
        if (found == StoreEntry.Blocked)
        {
            return TransferResult.Blocked;
        }

        if (found == StoreEntry.File && !replace)
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
    public int MakeFolder(string name) => TransferResult.Blocked;

    /// <inheritdoc/>
    public void Delete(string name)
    {
        if (File.Exists(_root + name))
        {
            File.Delete(_root + name);
        }
    }

    /// <inheritdoc/>
    public void DeleteOthers(string beginning, string kept)
    {
        string[] paths = Directory.GetFiles(_root);
        for (int i = 0; i < paths.Length; i++)
        {
            string name = paths[i].Substring(LastSeparator(paths[i]) + 1);
            if (name.StartsWith(beginning) && name != kept)
            {
                File.Delete(paths[i]);
            }
        }
    }

    private static int LastSeparator(string path)
    {
        int slash = path.LastIndexOf('/');
        int backslash = path.LastIndexOf('\\');
        return slash > backslash ? slash : backslash;
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
