namespace Springtail.Transfer;

/// <summary>One file or folder of an OFFER (PROTOCOL.md 23), and what both sides know of it.</summary>
public sealed class FileEntry
{
    /// <summary>The <see cref="Size"/> of a file that is read to its end, wherever that is, and of a folder.</summary>
    public const long UnknownSize = -1;

    /// <summary>The <see cref="Mode"/> or <see cref="Time"/> that is not known or not told.</summary>
    public const int Untold = -1;

    /// <param name="name">As <see cref="Name"/>.</param>
    /// <param name="size">As <see cref="Size"/>.</param>
    /// <param name="mode">As <see cref="Mode"/>.</param>
    /// <param name="time">As <see cref="Time"/>.</param>
    public FileEntry(string name, long size, int mode, long time)
    {
        Name = name;
        Size = size;
        Mode = mode;
        Time = time;
    }

    /// <summary>Its name, with <c>/</c> between folders; a folder's ends with one.</summary>
    public string Name { get; }

    /// <summary>The most bytes that come of it; <see cref="UnknownSize"/> for a pipe, say, and for a folder.</summary>
    public long Size { get; }

    /// <summary>The sender's permission bits, 0 to 511 (octal 777); or <see cref="Untold"/>.</summary>
    public int Mode { get; private set; }

    /// <summary>When it was last written, in ns since 1970; or <see cref="Untold"/>.</summary>
    public long Time { get; private set; }

    /// <summary>True when the name ends in <c>/</c>: the entry is a folder.</summary>
    public bool IsFolder => Name.Length > 0 && Name[Name.Length - 1] == '/';

    /// <summary>The name without the <c>/</c> at a folder's end.</summary>
    public string Path => IsFolder ? Name.Substring(0, Name.Length - 1) : Name;

    /// <summary>A <see cref="TransferResult"/>: after ACCEPT whether it is to be sent, in the end what became of it.</summary>
    public int Result { get; internal set; }

    /// <summary>How many bytes the receiver has from an earlier transfer.</summary>
    public long Offset { get; internal set; }

    /// <summary>Receiver: an existing file of the name is replaced.</summary>
    public bool Replaces { get; internal set; }

    // Bytes that it is known to have.
    internal long KnownSize => Size < 0 ? 0 : Size;

    // Sender: SHA-256 of what was sent.
    internal byte[] Hash { get; set; }

    // Sender: which of the source's files it is.
    internal int SourceIndex { get; set; }

    // What of it is compared before it is sent.
    internal int Compared { get; set; }

    // VERIFY has come, or none is due.
    internal bool Concluded { get; set; }

    // The receiver keeps no permission bits and times.
    internal void Forget()
    {
        Mode = Untold;
        Time = Untold;
    }
}
