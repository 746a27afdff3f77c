using System;

namespace Springtail.Transfer;

/// <summary>
/// One side of a file transfer (PROTOCOL.md 23): <see cref="FileSender"/> or <see cref="FileReceiver"/>. It has no channel, thread or clock; messages come
/// and go by <see cref="Receive"/> and <see cref="Poll"/>, over a reliable channel. Not thread-safe.
/// </summary>
public abstract class TransferSide
{
    /// <summary>What <see cref="Poll"/> returns when it did some work and wants to be called again.</summary>
    public const int Worked = 0;

    /// <summary>What <see cref="Poll"/> returns when only a message from the peer, or <see cref="Cancel"/>, brings anything new.</summary>
    public const int Waits = -1;

    private bool _cancelPending;
    private FileEntry _current;
    private long _bytesBeforeCurrent;

    /// <param name="watch">Is told what becomes of each file; may be null.</param>
    protected TransferSide(ITransferWatch watch)
    {
        Watch = watch;
    }

    /// <summary>The transfer has come to its end, whether good or not, and there is nothing left to say to the peer.</summary>
    public bool IsOver => _cancelPending ? false : IsDone || Result != TransferResult.Ok;

    /// <summary>All was said on both sides; single files may have failed all the same (<see cref="Failed"/>).</summary>
    public bool IsDone { get; protected set; }

    /// <summary>Why the transfer as a whole broke off: a <see cref="TransferResult"/>; Ok as long as it did not.</summary>
    public int Result { get; private set; }

    /// <summary>True when it was the peer that broke it off.</summary>
    public bool BrokenByPeer { get; private set; }

    /// <summary>Files and folders of the transfer, 0 as long as it is not known.</summary>
    public long TotalEntries { get; protected set; }

    /// <summary>Bytes of the transfer as far as they are known: what comes of unknown size counts once all of it is there. 0 at first.</summary>
    public long TotalBytes { get; protected set; }

    /// <summary>Bytes that were sent or received, or were there before.</summary>
    public long Bytes { get; protected set; }

    /// <summary>Of those, bytes that were there before.</summary>
    public long BytesBefore { get; protected set; }

    /// <summary>Bytes of the files that the receiver will not have.</summary>
    public long BytesLeftOut { get; private set; }

    /// <summary>Entries that the receiver has.</summary>
    public long Complete { get; private set; }

    /// <summary>Entries that the receiver has not, and will not have.</summary>
    public long Failed { get; private set; }

    /// <summary>The file under way; null when there is none.</summary>
    public FileEntry Current
    {
        get => _current;
        protected set
        {
            if (value != _current)
            {
                _current = value;
                _bytesBeforeCurrent = Bytes;
            }
        }
    }

    // Of the file under way: the bytes that were sent or received, or were there before.
    internal long CurrentBytes => Bytes - _bytesBeforeCurrent;

    /// <summary>False while a message must not be given to <see cref="Receive"/>: call <see cref="Poll"/> first.</summary>
    public abstract bool TakesMessages { get; }

    private ITransferWatch Watch { get; }

    /// <summary>
    /// Does the next piece of work. Returns the size of a message that it wrote to the buffer and that must be sent next, or <see cref="Worked"/> or <see cref="Waits"/>.
    /// A piece reads, writes or hashes no more than a buffer.
    /// </summary>
    /// <param name="buffer">Is free to be used; at least <see cref="TransferMessage.MinMessageSize"/> bytes, the same size each time.</param>
    public int Poll(byte[] buffer)
    {
        if (_cancelPending)
        {
            _cancelPending = false;
            buffer[0] = TransferMessage.Cancel;
            buffer[1] = (byte)Result;
            return TransferMessage.CancelSize;
        }

        return IsOver ? Waits : Work(buffer);
    }

    /// <summary>Takes a message from the peer.</summary>
    public void Receive(byte[] message, int size)
    {
        if (IsOver || _cancelPending)
        {
            return;
        }

        if (!TakesMessages)
        {
            throw new InvalidOperationException("Poll has to be called first.");
        }

        if (size == TransferMessage.CancelSize && message[0] == TransferMessage.Cancel && message[1] != TransferResult.Ok && message[1] != TransferResult.ChannelEnded)
        {
            BrokenByPeer = true;
            End(message[1]);
        }
        else if (size < 1 || !Take(message, size))
        {
            Cancel(TransferResult.BadMessage);
        }
    }

    /// <summary>Ends the transfer and tells the peer why. What the receiver has of a file stays, to go on from.</summary>
    public void Cancel(int result)
    {
        if (!IsOver && !_cancelPending)
        {
            _cancelPending = true;
            End(result);
        }
    }

    /// <summary>Notes that the channel has ended.</summary>
    public void ChannelEnded()
    {
        _cancelPending = false;
        if (!IsOver)
        {
            End(TransferResult.ChannelEnded);
        }
    }

    /// <summary>The work of <see cref="Poll"/>.</summary>
    protected abstract int Work(byte[] buffer);

    /// <summary>Takes a message; false when it is not what it may be now.</summary>
    protected abstract bool Take(byte[] message, int size);

    /// <summary>Closes what is open.</summary>
    protected abstract void CloseFile();

    /// <summary>Notes what became of an entry.</summary>
    protected void Conclude(FileEntry entry, int result)
    {
        entry.Result = result;
        entry.Concluded = true;
        if (result == TransferResult.AlreadyThere)
        {
            Bytes += entry.KnownSize;
            BytesBefore += entry.KnownSize;
        }

        if (result == TransferResult.Ok || result == TransferResult.AlreadyThere)
        {
            Complete++;
        }
        else
        {
            Failed++;
            BytesLeftOut += entry.KnownSize;
        }

        if (Watch != null)
        {
            Watch.Concluded(entry);
        }
    }

    private protected static bool AreEqual(byte[] a, int aOffset, byte[] b)
    {
        for (int i = 0; i < TransferMessage.HashSize; i++)
        {
            if (a[aOffset + i] != b[i])
            {
                return false;
            }
        }

        return true;
    }

    private void End(int result)
    {
        Result = result;
        CloseFile();
        Current = null;
    }
}
