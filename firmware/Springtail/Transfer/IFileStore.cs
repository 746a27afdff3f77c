namespace Springtail.Transfer;

/// <summary>
/// The folder that files are received into. Names are relative to it, with <c>/</c> between folders, and have passed <see cref="TransferName.Check"/>.
/// One file is open at a time. Nothing is ever read or written outside the folder, nor through a link in it.
/// </summary>
public interface IFileStore
{
    /// <summary>Room in bytes; -1 when it is not known.</summary>
    long FreeSpace { get; }

    /// <summary>Whether permission bits and times are kept; otherwise the sender need not tell them.</summary>
    bool KeepsMetadata { get; }

    /// <summary>What a name stands for: <see cref="StoreEntry"/>; the size of a file in bytes.</summary>
    int Find(string name, out long size);

    /// <summary>Opens a file for <see cref="Read"/> from its first byte; false when that cannot be done.</summary>
    bool OpenToRead(string name);

    /// <summary>
    /// Opens a file of the folder itself for <see cref="Write"/> at its end, and makes it when it is not there; false when that cannot be done.
    /// </summary>
    /// <param name="name">The name under which it is kept until it is complete.</param>
    /// <param name="entry">What it will be: with a mode, only its owner may read it until then.</param>
    bool OpenToAppend(string name, FileEntry entry);

    /// <summary>Reads on: the number of bytes, 0 at the end, -1 for an error.</summary>
    int Read(byte[] buffer, int offset, int count);

    /// <summary>Writes on; false when not all of it could be written.</summary>
    bool Write(byte[] buffer, int offset, int count);

    /// <summary>Closes the open file, if any; false when what was written did not reach the medium.</summary>
    bool Close();

    /// <summary>Gives a closed file of the folder its permission bits, time and name, and makes the folders on the way.</summary>
    /// <param name="from">Its present name.</param>
    /// <param name="entry">What it is to be. It replaces an existing file if <see cref="FileEntry.Replaces"/>.</param>
    /// <returns>A <see cref="TransferResult"/>; unless it is Ok, nothing has the name that had it not before.</returns>
    int Rename(string from, FileEntry entry);

    /// <summary>Gives a file that is there the entry's permission bits and time, as far as they are told.</summary>
    void SetMetadata(FileEntry entry);

    /// <summary>
    /// Makes a folder and those on the way, and sets its permission bits and time, when it was made in this or an earlier transfer or
    /// <see cref="FileEntry.Replaces"/>. Ok also when it is there. Returns a <see cref="TransferResult"/>.
    /// </summary>
    int MakeFolder(FileEntry entry);

    /// <summary>Deletes a file of the folder itself, if it is there.</summary>
    void Delete(string name);
}

/// <summary>What a name stands for in an <see cref="IFileStore"/>.</summary>
public static class StoreEntry
{
    /// <summary>Nothing has the name.</summary>
    public const int None = 0;

    /// <summary>A file has it.</summary>
    public const int File = 1;

    /// <summary>A folder has it.</summary>
    public const int Folder = 2;

    /// <summary>The name is there in another spelling.</summary>
    public const int OtherSpelling = 3;

    /// <summary>A link, or what is no folder, stands on the way, or at its end what is neither file nor folder.</summary>
    public const int Blocked = 4;

    /// <summary>The system has no file of such a name.</summary>
    public const int Refused = 5;
}
