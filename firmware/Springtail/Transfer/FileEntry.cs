namespace Springtail.Transfer;

/// <summary>One file, or one empty folder, of an OFFER, and what both sides know of it.</summary>
public sealed class FileEntry
{
    /// <summary>Its name, with <c>/</c> between folders; a folder's ends with one.</summary>
    public string Name { get; internal set; }

    /// <summary>In bytes; 0 for a folder.</summary>
    public long Size { get; internal set; }

    /// <summary>SHA-256 of the contents; null for a folder.</summary>
    public byte[] Hash { get; internal set; }

    public bool IsFolder => Hash == null;

    /// <summary>A <see cref="TransferResult"/>: after ACCEPT whether it is to be sent, in the end what became of it.</summary>
    public int Result { get; internal set; }

    /// <summary>How many bytes the receiver has from an earlier transfer.</summary>
    public long Offset { get; internal set; }

    // SHA-256 of those bytes.
    internal byte[] PrefixHash { get; set; }

    // Sender: which of the source's files it is.
    internal int SourceIndex { get; set; }

    // Receiver: an existing file of the name is to be replaced.
    internal bool Replaces { get; set; }

    // VERIFY has come, or none is due.
    internal bool Concluded { get; set; }
}
