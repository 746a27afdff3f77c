namespace Springtail.Transfer;

/// <summary>The messages of a file transfer: their types, layouts and limits (PROTOCOL.md 23). Each begins with its type, one byte.</summary>
internal static class TransferMessage
{
    /// <summary>Of the messages; READY states it.</summary>
    public const int Version = 2;

    /// <summary>Receiver, first of all: <c>u8 version || u8 flags || u32 largest message || u32 most entries</c>.</summary>
    public const int Ready = 1;

    /// <summary>Sender: JSON.</summary>
    public const int Offer = 2;

    /// <summary>Receiver, once or twice for each OFFER: <c>u32 first || u16 count || count of (u8 result || u64 offset)</c>.</summary>
    public const int Accept = 3;

    /// <summary>Sender: <c>u32 entry || u64 offset || bytes</c>.</summary>
    public const int Data = 4;

    /// <summary>Sender, in place of the rest of a file: <c>u32 entry || u8 result</c>.</summary>
    public const int Skip = 5;

    /// <summary>Receiver, for each file and folder: <c>u32 entry || u8 result || SHA-256 (32)</c>.</summary>
    public const int Verify = 6;

    /// <summary>Sender, then receiver, last of all: <c>u32 entries || u32 left out</c>.</summary>
    public const int Done = 7;

    /// <summary>Either side: <c>u8 result</c>. Nothing follows.</summary>
    public const int Cancel = 8;

    /// <summary>Sender, for each entry of which the receiver wants it: <c>u32 entry || SHA-256 (32)</c> of as many first bytes as it asked for.</summary>
    public const int Hash = 9;

    /// <summary>Sender, the end of a file: <c>u32 entry || u64 offset || bytes || SHA-256 (32)</c> of all of it.</summary>
    public const int Last = 10;

    /// <summary>READY's flag: the receiver keeps permission bits and times.</summary>
    public const int KeepsMetadata = 1;

    public const int ReadySize = 11;
    public const int AcceptHeaderSize = 7;
    public const int AcceptEntrySize = 9;
    public const int DataHeaderSize = 13;
    public const int SkipSize = 6;
    public const int VerifySize = 38;
    public const int DoneSize = 9;
    public const int CancelSize = 2;
    public const int HashMessageSize = 37;

    public const int HashSize = 32;

    /// <summary>The least that a side takes as its largest message, and the least size of its buffer, in bytes.</summary>
    public const int MinMessageSize = 2298;

    /// <summary>An OFFER has at most one entry for so many bytes of the largest message.</summary>
    public const int BytesPerEntry = 256;
}

/// <summary>What becomes of a file, or of a whole transfer: the <c>result</c> of the messages.</summary>
public static class TransferResult
{
    /// <summary>All went well.</summary>
    public const int Ok = 0;

    /// <summary>The file is there already, with the hash offered.</summary>
    public const int AlreadyThere = 1;

    /// <summary>The name is not one that may be given to a file.</summary>
    public const int BadName = 2;

    /// <summary>Another file has the name, and is not to be overwritten.</summary>
    public const int Exists = 3;

    /// <summary>The name is there in another spelling: upper and lower case, or another Unicode form.</summary>
    public const int Clash = 4;

    /// <summary>Something that is no folder, or a link, stands where a folder would have to be, or a folder where the file would.</summary>
    public const int Blocked = 5;

    /// <summary>There is not enough room.</summary>
    public const int NoSpace = 6;

    /// <summary>The sender cannot read the file.</summary>
    public const int Unreadable = 7;

    /// <summary>The file changed while it was sent.</summary>
    public const int Changed = 8;

    /// <summary>The bytes are not those whose hash was sent.</summary>
    public const int HashDiffers = 9;

    /// <summary>The receiver cannot write the file.</summary>
    public const int Unwritable = 10;

    /// <summary>Its user ended the transfer.</summary>
    public const int Interrupted = 11;

    /// <summary>A message was not what it may be at this point.</summary>
    public const int BadMessage = 12;

    /// <summary>More files than the receiver takes.</summary>
    public const int TooMany = 13;

    /// <summary>Not an end: ACCEPT asks for the hash of the file's first bytes.</summary>
    public const int Compare = 14;

    /// <summary>The sender has another receiver.</summary>
    public const int Busy = 15;

    /// <summary>Not on the wire: the channel ended before the transfer did.</summary>
    public const int ChannelEnded = 255;

    /// <summary>The result in words that follow a file's name or "the transfer".</summary>
    public static string Text(int result)
    {
        switch (result)
        {
            case Ok:
                return "complete";
            case AlreadyThere:
                return "is there already";
            case BadName:
                return "has a name that is refused";
            case Exists:
                return "is there with other contents and is not overwritten";
            case Clash:
                return "is there in another spelling";
            case Blocked:
                return "has a link, a file or a folder in its way";
            case NoSpace:
                return "finds too little room";
            case Unreadable:
                return "cannot be read";
            case Changed:
                return "changed while it was sent";
            case HashDiffers:
                return "has not the hash that was sent";
            case Unwritable:
                return "cannot be written";
            case Interrupted:
                return "was interrupted";
            case BadMessage:
                return "broke off: a message was not as it must be";
            case TooMany:
                return "has more files than the receiver takes";
            case Busy:
                return "does not begin: somebody else is receiving";
            case ChannelEnded:
                return "broke off: the channel ended";
            default:
                return "failed with code " + result.ToString();
        }
    }
}
