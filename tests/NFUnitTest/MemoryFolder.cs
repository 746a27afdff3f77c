#nullable disable
using System;
using Springtail.Transfer;

namespace NFUnitTest;

/// <summary>
/// A folder of files in memory, to send and to receive into. It can be full, be killed in the middle of a write, and change while it is read.
/// As <see cref="Flash"/> it holds no bytes.
/// </summary>
internal sealed class MemoryFolder : IFileSource, IFileStore
{
    private string[] _names = new string[4];
    private byte[][] _contents = new byte[4][];
    private int[] _sizes = new int[4];
    private int[] _modes = new int[4];
    private long[] _times = new long[4];
    private int _count;

    // The bytes follow from their places: what is read is made, what is written compared.
    private bool _isFlash;

    // The open file; -1 for none.
    private int _open = -1;
    private int _position;
    private bool _sending;
    private int _changes;
    private int _changesAtOpen;

    /// <summary>A folder whose files all have the same bytes, and none of them in memory, as a board has none of its flash there.</summary>
    public static MemoryFolder Flash() => new MemoryFolder { _isFlash = true };

    public int Count => _count;

    /// <summary>Something else was written to <see cref="Flash"/> than what belongs there.</summary>
    public bool IsDamaged { get; private set; }

    public long TotalBytes
    {
        get
        {
            long total = 0;
            for (int i = 0; i < _count; i++)
            {
                total += _sizes[i];
            }

            return total;
        }
    }

    public long FreeSpace { get; set; } = -1;

    public bool KeepsMetadata { get; set; }

    public bool HasChanged => _changes != _changesAtOpen;

    /// <summary>Bytes that can be written before the medium is full; the write that goes beyond fails.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>Bytes that can be written, or read to be sent, before <see cref="Killed"/>: the rest of that write is lost.</summary>
    public int Life { get; set; } = int.MaxValue;

    /// <summary>The program would be gone by now.</summary>
    public bool Killed => Life <= 0;

    /// <summary>Nothing can be opened for writing.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Bytes taken to write since the start.</summary>
    public int Written { get; private set; }

    public void Add(string name, byte[] contents)
    {
        _changes++;
        int file = Make(name);
        _contents[file] = contents;
        _sizes[file] = contents.Length;
    }

    /// <summary>A file of <see cref="Flash"/>.</summary>
    public void Add(string name, int size)
    {
        _sizes[Make(name)] = size;
    }

    public void AddFolder(string name)
    {
        Make(name + "/");
    }

    /// <summary>Permission bits and time of a file or folder; <see cref="FileEntry.Untold"/> for none.</summary>
    public void Describe(string name, int mode, long time)
    {
        int file = IndexOf(name);
        _modes[file] = mode;
        _times[file] = time;
    }

    public void Remove(string name)
    {
        _changes++;
        Delete(name);
    }

    /// <summary>The contents of a file; null when it is not there.</summary>
    public byte[] Contents(string name)
    {
        int file = IndexOf(name);
        if (file < 0)
        {
            return null;
        }

        byte[] contents = new byte[_sizes[file]];
        Array.Copy(_contents[file], 0, contents, 0, contents.Length);
        return contents;
    }

    public string NameOf(int index) => _names[index];

    public long SizeOf(int index) => _sizes[index];

    public int ModeOf(int index) => _modes[index];

    public long TimeOf(int index) => _times[index];

    public FileEntry EntryAt(int index)
    {
        string name = _names[index];
        bool isFolder = name[name.Length - 1] == '/';
        return new FileEntry(name, isFolder ? FileEntry.UnknownSize : _sizes[index], _modes[index], _times[index]);
    }

    public bool Open(int index)
    {
        _open = index;
        _position = 0;
        _sending = true;
        _changesAtOpen = _changes;
        return _contents[index] != null;
    }

    public int Read(byte[] buffer, int offset, int count)
    {
        int left = _sizes[_open] - _position;
        int size = left < count ? left : count;
        if (size <= 0)
        {
            return 0;
        }

        if (_isFlash)
        {
            for (int i = 0; i < size; i++)
            {
                buffer[offset + i] = FlashByte(_position + i);
            }
        }
        else
        {
            Array.Copy(_contents[_open], _position, buffer, offset, size);
        }

        _position += size;
        Life -= _sending ? size : 0;
        return size;
    }

    public bool OpenToRead(string name)
    {
        _open = IndexOf(name);
        _position = 0;
        _sending = false;
        return _open >= 0;
    }

    public bool OpenToAppend(string name, FileEntry entry)
    {
        if (IsReadOnly)
        {
            return false;
        }

        _open = IndexOf(name);
        if (_open < 0)
        {
            _open = Make(name);
        }

        if (entry.Offset == 0)
        {
            _sizes[_open] = 0;
        }

        return true;
    }

    public bool Write(byte[] buffer, int offset, int count)
    {
        int size = count < Life ? count : Life < 0 ? 0 : Life;
        bool fits = size <= Room;
        size = fits ? size : Room;
        if (_isFlash)
        {
            for (int i = 0; i < size; i++)
            {
                IsDamaged |= buffer[offset + i] != FlashByte(_sizes[_open] + i);
            }
        }
        else
        {
            Append(buffer, offset, size);
        }

        _sizes[_open] += size;
        Written += size;
        Room -= size;
        Life -= count;
        return fits;
    }

    bool IFileStore.Close()
    {
        _open = -1;
        return true;
    }

    void IFileSource.Close()
    {
        _open = -1;
    }

    public int Find(string name, out long size)
    {
        int file = IndexOf(name);
        size = file < 0 ? 0 : _sizes[file];
        return file >= 0 ? StoreEntry.File : IndexOf(name + "/") >= 0 ? StoreEntry.Folder : StoreEntry.None;
    }

    public int Rename(string from, FileEntry entry)
    {
        string name = entry.Name;
        if (Killed)
        {
            return TransferResult.Unwritable;
        }

        int there = IndexOf(name);
        if (there >= 0 && !entry.Replaces)
        {
            return TransferResult.Exists;
        }

        if (there >= 0)
        {
            Delete(name);
        }

        _names[IndexOf(from)] = name;
        SetMetadata(entry);
        return TransferResult.Ok;
    }

    public void SetMetadata(FileEntry entry)
    {
        Describe(entry.Name, entry.Mode, entry.Time);
    }

    public int MakeFolder(FileEntry entry)
    {
        if (Killed)
        {
            return TransferResult.Unwritable;
        }

        Make(entry.Name);
        SetMetadata(entry);
        return TransferResult.Ok;
    }

    public void Delete(string name)
    {
        int file = IndexOf(name);
        if (file >= 0)
        {
            _count--;
            _names[file] = _names[_count];
            _contents[file] = _contents[_count];
            _sizes[file] = _sizes[_count];
            _modes[file] = _modes[_count];
            _times[file] = _times[_count];
        }
    }

    private static byte FlashByte(int place) => (byte)(place * 31 + place / 256);

    private void Append(byte[] buffer, int offset, int count)
    {
        if (_contents[_open].Length < _sizes[_open] + count)
        {
            byte[] larger = new byte[(_sizes[_open] + count) * 2];
            Array.Copy(_contents[_open], 0, larger, 0, _sizes[_open]);
            _contents[_open] = larger;
        }

        Array.Copy(buffer, offset, _contents[_open], _sizes[_open], count);
    }

    private int Make(string name)
    {
        int file = IndexOf(name);
        if (file >= 0)
        {
            return file;
        }

        if (_count == _names.Length)
        {
            string[] names = new string[_count * 2];
            byte[][] contents = new byte[_count * 2][];
            int[] sizes = new int[_count * 2];
            int[] modes = new int[_count * 2];
            long[] times = new long[_count * 2];
            Array.Copy(_names, 0, names, 0, _count);
            Array.Copy(_contents, 0, contents, 0, _count);
            Array.Copy(_sizes, 0, sizes, 0, _count);
            Array.Copy(_modes, 0, modes, 0, _count);
            Array.Copy(_times, 0, times, 0, _count);
            _names = names;
            _contents = contents;
            _sizes = sizes;
            _modes = modes;
            _times = times;
        }

        _names[_count] = name;
        _contents[_count] = new byte[0];
        _sizes[_count] = 0;
        _modes[_count] = FileEntry.Untold;
        _times[_count] = FileEntry.Untold;
        return _count++;
    }

    private int IndexOf(string name)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}
