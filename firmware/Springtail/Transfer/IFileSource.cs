namespace Springtail.Transfer;

/// <summary>The files to send. One is open at a time.</summary>
public interface IFileSource
{
    /// <summary>How many files and folders there are. Does not change.</summary>
    int Count { get; }

    /// <summary>Bytes of all files whose size is known.</summary>
    long TotalBytes { get; }

    /// <summary>
    /// What to offer: a new object at each call. A folder comes after all that is in it. Of a file that is appended to from then on, what it had then is sent.
    /// </summary>
    FileEntry EntryAt(int index);

    /// <summary>Opens a file at its first byte; false when that cannot be done, or when it is a folder that cannot be listed.</summary>
    bool Open(int index);

    /// <summary>Reads on in the open file: the number of bytes, 0 at its end, or one of <see cref="FileRead"/>.</summary>
    int Read(byte[] buffer, int offset, int count);

    /// <summary>Whether the open file may have changed since it was opened, so that what was read of it has to be compared.</summary>
    bool HasChanged { get; }

    /// <summary>Closes the open file, if any.</summary>
    void Close();
}

/// <summary>What reading returns when there are no bytes, besides 0 at the end.</summary>
public static class FileRead
{
    /// <summary>It cannot be read.</summary>
    public const int Failed = -1;

    /// <summary>There was nothing to read for a moment, in which it was waited: a pipe.</summary>
    public const int NothingYet = -2;
}
