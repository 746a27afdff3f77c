namespace Springtail.Transfer;

/// <summary>The files to send. One is open at a time.</summary>
public interface IFileSource
{
    /// <summary>How many files and empty folders there are. Does not change.</summary>
    int Count { get; }

    /// <summary>Bytes of all files: the sum of their sizes.</summary>
    long TotalBytes { get; }

    /// <summary>The name to offer, with <c>/</c> between folders; an empty folder's ends with one.</summary>
    string NameOf(int index);

    /// <summary>
    /// A file's size in bytes as found at the start, 0 for a folder. Does not change: of a file that grows, what it had at the start is sent.
    /// </summary>
    long SizeOf(int index);

    /// <summary>Opens a file at its first byte; false when that cannot be done.</summary>
    bool Open(int index);

    /// <summary>Reads on in the open file: the number of bytes, 0 at its end, -1 for an error.</summary>
    int Read(byte[] buffer, int offset, int count);

    /// <summary>Closes the open file, if any.</summary>
    void Close();
}
