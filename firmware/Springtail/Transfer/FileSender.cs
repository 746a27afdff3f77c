using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Transfer;

/// <summary>The sending side of a file transfer. A file is read and hashed once, as it is sent; before that only what the receiver wants to compare.</summary>
public sealed class FileSender : TransferSide
{
    private const int AwaitingReady = 0;
    private const int Offering = 1;
    private const int AwaitingAccept = 2;
    private const int Comparing = 3;
    private const int AwaitingSecondAccept = 4;
    private const int Sending = 5;
    private const int AwaitingDone = 6;

    // What is done with the open file.
    private const int Nothing = 0;
    private const int HashPrefix = 1;
    private const int SendBytes = 2;
    private const int EndFile = 3;
    private const int ReadAgain = 4;

    private readonly IFileSource _source;
    private readonly ISha256 _hash;
    private readonly long _bytesToOffer;
    private readonly byte[] _digest = new byte[TransferMessage.HashSize];
    private readonly byte[] _again = new byte[TransferMessage.HashSize];

    private int _state;

    // The entries of the OFFER that is under way; the one that found no room in it comes first in the next.
    private FileEntry[] _entries = new FileEntry[4];
    private int _count;
    private FileEntry _left;

    // Entries of earlier OFFERs.
    private long _before;
    private int _next;
    private long _leftOut;

    // What the receiver takes.
    private long _peerMessage;
    private bool _peerKeepsMetadata;

    // The file that is compared or sent, and how far it was read.
    private int _current;
    private int _step;
    private long _position;
    private long _readAgain;

    /// <param name="source">The files.</param>
    /// <param name="hash">SHA-256, for this sender alone.</param>
    /// <param name="watch">Is told what becomes of each file; may be null.</param>
    public FileSender(IFileSource source, ISha256 hash, ITransferWatch watch)
        : base(watch)
    {
        _source = source;
        _hash = hash;
        _bytesToOffer = source.TotalBytes;
        TotalEntries = source.Count;
        TotalBytes = _bytesToOffer;
    }

    /// <inheritdoc/>
    public override bool TakesMessages => true;

    /// <inheritdoc/>
    protected override int Work(byte[] buffer)
    {
        switch (_state)
        {
            case Offering:
                return SendOffer(buffer);
            case Comparing:
                return Compare(buffer);
            case Sending:
                return Send(buffer);
            default:
                return Waits;
        }
    }

    /// <inheritdoc/>
    protected override bool Take(byte[] message, int size)
    {
        switch (message[0])
        {
            case TransferMessage.Ready:
                return _state == AwaitingReady && TakeReady(message, size);
            case TransferMessage.Accept:
                return (_state == AwaitingAccept || _state == AwaitingSecondAccept) && TakeAccept(message, size);
            case TransferMessage.Verify:
                return _state == Sending && TakeVerify(message, size);
            case TransferMessage.Done:
                IsDone = _state == AwaitingDone && size == TransferMessage.DoneSize && Wire.ReadU32(message, 1) == Complete;
                return IsDone;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override void CloseFile()
    {
        _source.Close();
        _step = Nothing;
    }

    private bool TakeReady(byte[] message, int size)
    {
        if (size != TransferMessage.ReadySize || message[1] != TransferMessage.Version)
        {
            return false;
        }

        _peerKeepsMetadata = (message[2] & TransferMessage.KeepsMetadata) != 0;
        _peerMessage = Wire.ReadU32(message, 3);
        if (_peerMessage < TransferMessage.MinMessageSize)
        {
            return false;
        }

        if (TotalEntries > Wire.ReadU32(message, 7))
        {
            Cancel(TransferResult.TooMany);
        }

        _state = Offering;
        return true;
    }

    private int SendOffer(byte[] buffer)
    {
        int limit = LargestMessage(buffer);
        int size = Offer.FrameSize;
        while (_count < limit / TransferMessage.BytesPerEntry && (_left != null || _next < _source.Count))
        {
            FileEntry entry = _left ?? NextEntry(limit);
            _left = null;
            if (entry == null)
            {
                continue;
            }

            size += Offer.SizeOf(entry);
            if (size > limit)
            {
                _left = entry;
                break;
            }

            Add(entry);
        }

        if (_count > 0)
        {
            _state = AwaitingAccept;
            return new Offer { First = _before, Total = TotalEntries, Bytes = _bytesToOffer, Entries = _entries, Count = _count }.Write(buffer);
        }

        _state = AwaitingDone;
        buffer[0] = TransferMessage.Done;
        Wire.WriteU32(buffer, 1, (uint)_before);
        Wire.WriteU32(buffer, 5, (uint)_leftOut);
        return TransferMessage.DoneSize;
    }

    // Null when it is left out.
    private FileEntry NextEntry(int limit)
    {
        FileEntry entry = _source.EntryAt(_next);
        entry.SourceIndex = _next;
        _next++;
        if (!_peerKeepsMetadata)
        {
            entry.Forget();
        }

        int result = TransferResult.Ok;
        if (!TransferName.Check(entry.Path) || Offer.FrameSize + Offer.SizeOf(entry) > limit)
        {
            result = TransferResult.BadName;
        }
        else if (entry.IsFolder && !_source.Open(entry.SourceIndex))
        {
            result = TransferResult.Unreadable;
        }

        if (result == TransferResult.Ok)
        {
            return entry;
        }

        _leftOut++;
        Conclude(entry, result);
        return null;
    }

    private void Add(FileEntry entry)
    {
        if (_count == _entries.Length)
        {
            FileEntry[] larger = new FileEntry[_count * 2];
            Array.Copy(_entries, 0, larger, 0, _count);
            _entries = larger;
        }

        _entries[_count++] = entry;
    }

    private bool TakeAccept(byte[] message, int size)
    {
        if (size != TransferMessage.AcceptHeaderSize + _count * TransferMessage.AcceptEntrySize
            || Wire.ReadU32(message, 1) != _before || Wire.ReadU16(message, 5) != _count)
        {
            return false;
        }

        bool second = _state == AwaitingSecondAccept;
        _state = Sending;
        _current = 0;
        for (int i = 0; i < _count; i++)
        {
            int at = TransferMessage.AcceptHeaderSize + i * TransferMessage.AcceptEntrySize;
            if (!(second ? Decide(_entries[i], message[at], Wire.ReadMs(message, at + 1)) : Accept(_entries[i], message[at], Wire.ReadMs(message, at + 1))))
            {
                return false;
            }
        }

        return true;
    }

    private bool Accept(FileEntry entry, int result, long offset)
    {
        if (result == TransferResult.Compare)
        {
            entry.Compared = 1;
            entry.Offset = offset;
            _state = Comparing;
            return offset > 0 && offset <= entry.Size;
        }

        if (result != TransferResult.Ok)
        {
            Conclude(entry, result);
        }

        return offset == 0;
    }

    private bool Decide(FileEntry entry, int result, long offset)
    {
        if (entry.Compared == 0)
        {
            return result == entry.Result && offset == 0;
        }

        if (result != TransferResult.Ok)
        {
            Conclude(entry, result);
            return result != TransferResult.Compare;
        }

        bool good = offset == 0 || offset == entry.Offset;
        entry.Offset = offset;
        return good;
    }

    // Hashes the first bytes of one file after the other that the receiver has some of.
    private int Compare(byte[] buffer)
    {
        FindCompared();
        FileEntry entry = _entries[_current];
        bool failed = _step == Nothing && !Begin(entry);
        int size = failed ? 0 : HashOn(buffer, entry.Offset);
        if (size > 0 && _position < entry.Offset)
        {
            return Worked;
        }

        buffer[0] = TransferMessage.Hash;
        Wire.WriteU32(buffer, 1, (uint)(_before + _current));
        Array.Clear(buffer, 5, TransferMessage.HashSize);
        if (size > 0)
        {
            _hash.Current(buffer, 5);
        }

        // The answer to the last one may be here before anything else is done.
        EndCurrent();
        if (!FindCompared())
        {
            _state = AwaitingSecondAccept;
        }

        return TransferMessage.HashMessageSize;
    }

    // Moves to the next entry that is compared; false when there is none.
    private bool FindCompared()
    {
        while (_current < _count && _entries[_current].Compared == 0)
        {
            _current++;
        }

        return _current < _count;
    }

    private bool Begin(FileEntry entry)
    {
        Current = entry;
        if (!_source.Open(entry.SourceIndex))
        {
            return false;
        }

        _step = entry.Offset > 0 ? HashPrefix : SendBytes;
        _position = 0;
        _hash.Begin();
        return true;
    }

    // Reads and hashes on, up to a place; what the source's reading returns.
    private int HashOn(byte[] buffer, long end)
    {
        int size = _source.Read(buffer, 0, Least(buffer.Length, end - _position));
        if (size > 0)
        {
            _hash.Update(buffer, 0, size);
            _position += size;
        }

        return size;
    }

    // Sends the files of the OFFER one after the other. Once all entries are concluded, the next OFFER is due.
    private int Send(byte[] buffer)
    {
        switch (_step)
        {
            case HashPrefix:
                return PassOver(buffer);
            case SendBytes:
                return SendData(buffer);
            case EndFile:
                return Finish(buffer);
            case ReadAgain:
                return CheckAgain(buffer);
        }

        while (_current < _count && (_entries[_current].Concluded || _entries[_current].IsFolder))
        {
            _current++;
        }

        if (_current < _count)
        {
            return Begin(_entries[_current]) ? Worked : Skip(buffer, TransferResult.Unreadable);
        }

        if (!AreConcluded(_count))
        {
            return Waits;
        }

        _before += _count;
        Array.Clear(_entries, 0, _count);
        _count = 0;
        _state = Offering;
        return Worked;
    }

    // What the receiver has is hashed too: LAST has the hash of the whole.
    private int PassOver(byte[] buffer)
    {
        long offset = _entries[_current].Offset;
        int size = HashOn(buffer, offset);
        if (size <= 0)
        {
            return Skip(buffer, size < 0 ? TransferResult.Unreadable : TransferResult.Changed);
        }

        if (_position == offset)
        {
            _step = SendBytes;
            Bytes += offset;
            BytesBefore += offset;
        }

        return Worked;
    }

    private int SendData(byte[] buffer)
    {
        const int header = TransferMessage.DataHeaderSize;
        FileEntry entry = _entries[_current];
        int room = WholeFragments(LargestMessage(buffer)) - header;
        bool known = entry.Size >= 0;
        bool ended = known && _position == entry.Size;
        int size = 0;
        while (!ended && size < room)
        {
            int read = _source.Read(buffer, header + size, known ? Least(room - size, entry.Size - _position - size) : room);
            if (read == FileRead.NothingYet)
            {
                break;
            }

            if (read < 0)
            {
                return Skip(buffer, TransferResult.Unreadable);
            }

            size += read;
            ended = read == 0 || (known && _position + size == entry.Size);
            if (!known)
            {
                break;
            }
        }

        _hash.Update(buffer, header, size);
        long begin = _position;
        _position += size;
        Bytes += size;
        if (ended)
        {
            _hash.Current(_digest, 0);
            _step = EndFile;
            if (header + size + TransferMessage.HashSize <= LargestMessage(buffer) && !_source.HasChanged)
            {
                return Last(buffer, begin, size);
            }
        }

        return size == 0 ? Worked : Header(buffer, TransferMessage.Data, begin) + size;
    }

    // All bytes were sent. Where the file was touched meanwhile, they are read once more: appending to it does no harm.
    private int Finish(byte[] buffer)
    {
        FileEntry entry = _entries[_current];
        if (!_source.HasChanged)
        {
            return Last(buffer, _position, 0);
        }

        if (_position < entry.Size)
        {
            return Skip(buffer, TransferResult.Changed);
        }

        _source.Close();
        if (!_source.Open(entry.SourceIndex))
        {
            return Skip(buffer, TransferResult.Unreadable);
        }

        _step = ReadAgain;
        _readAgain = _position;
        _position = 0;
        _hash.Begin();
        return Worked;
    }

    private int CheckAgain(byte[] buffer)
    {
        int size = _position == _readAgain ? 0 : HashOn(buffer, _readAgain);
        if (size > 0 && _position < _readAgain)
        {
            return Worked;
        }

        _hash.Current(_again, 0);
        return _position == _readAgain && AreEqual(_again, 0, _digest) ? Last(buffer, _position, 0) : Skip(buffer, TransferResult.Changed);
    }

    // LAST, with bytes that are in the buffer already.
    private int Last(byte[] buffer, long begin, int size)
    {
        FileEntry entry = _entries[_current];
        TotalBytes += _position - entry.KnownSize;
        entry.Hash = new byte[TransferMessage.HashSize];
        Array.Copy(_digest, 0, entry.Hash, 0, TransferMessage.HashSize);
        size += Header(buffer, TransferMessage.Last, begin);
        Array.Copy(_digest, 0, buffer, size, TransferMessage.HashSize);
        EndCurrent();
        return size + TransferMessage.HashSize;
    }

    private int Header(byte[] buffer, int type, long offset)
    {
        buffer[0] = (byte)type;
        Wire.WriteU32(buffer, 1, (uint)(_before + _current));
        Wire.WriteMs(buffer, 5, offset);
        return TransferMessage.DataHeaderSize;
    }

    private int Skip(byte[] buffer, int result)
    {
        Conclude(_entries[_current], result);
        buffer[0] = TransferMessage.Skip;
        Wire.WriteU32(buffer, 1, (uint)(_before + _current));
        buffer[5] = (byte)result;
        EndCurrent();
        return TransferMessage.SkipSize;
    }

    private void EndCurrent()
    {
        CloseFile();
        Current = null;
        _current++;
    }

    // For a file that was sent or, when it tells of a failure, the one that is being sent; for a folder once all before it are concluded.
    private bool TakeVerify(byte[] message, int size)
    {
        long index = Wire.ReadU32(message, 1) - _before;
        if (size != TransferMessage.VerifySize || index < 0 || index >= _count)
        {
            return false;
        }

        FileEntry entry = _entries[(int)index];
        int result = message[5];
        if (entry.IsFolder)
        {
            if (entry.Concluded || !AreConcluded((int)index))
            {
                return false;
            }

            Conclude(entry, result);
            return true;
        }

        if (index > _current || (index == _current && (result == TransferResult.Ok || _step == Nothing)))
        {
            return false;
        }

        if (entry.Concluded)
        {
            // Its failure and the word that it is skipped have crossed.
            return result != TransferResult.Ok;
        }

        if (result == TransferResult.Ok && !AreEqual(message, 6, entry.Hash))
        {
            result = TransferResult.HashDiffers;
        }

        Conclude(entry, result);
        if (index == _current)
        {
            EndCurrent();
        }

        return true;
    }

    private bool AreConcluded(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!_entries[i].Concluded)
            {
                return false;
            }
        }

        return true;
    }

    private int LargestMessage(byte[] buffer) => Least(buffer.Length, _peerMessage);

    // A message fills its packets when it is a multiple of a fragment.
    private static int WholeFragments(int size) => size / DataPayload.FragmentSize * DataPayload.FragmentSize;

    private static int Least(int a, long b) => b < a ? (int)b : a;
}
