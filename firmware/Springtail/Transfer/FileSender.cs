using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Transfer;

/// <summary>
/// The sending side of a file transfer. Before the receiver has said READY, <see cref="TransferSide.Poll"/> hashes files already, so it pays to
/// call it while a peer is waited for.
/// </summary>
public sealed class FileSender : TransferSide
{
    private const int Collecting = 0;
    private const int AwaitingAccept = 1;
    private const int Sending = 2;
    private const int AwaitingDone = 3;

    private readonly IFileSource _source;
    private readonly ISha256 _hash;
    private readonly byte[] _digest = new byte[TransferMessage.HashSize];

    private int _state;

    // Entries hashed and not concluded; the first _offered of them are in the OFFER that is under way.
    private FileEntry[] _entries = new FileEntry[4];
    private int _count;
    private int _offered;

    // Entries of earlier OFFERs.
    private long _before;
    private int _next;
    private long _leftOut;

    // What the receiver takes; 0 before its READY.
    private long _peerMessage;
    private long _peerEntries;

    // The file that is hashed or sent.
    private int _current;
    private bool _open;
    private bool _checkingPrefix;
    private long _position;

    /// <param name="source">The files.</param>
    /// <param name="hash">SHA-256, for this sender alone.</param>
    /// <param name="watch">Is told what becomes of each file; may be null.</param>
    public FileSender(IFileSource source, ISha256 hash, ITransferWatch watch)
        : base(watch)
    {
        _source = source;
        _hash = hash;
        TotalEntries = source.Count;
        TotalBytes = source.TotalBytes;
    }

    /// <summary>Bytes hashed before they are offered.</summary>
    public long BytesHashed { get; private set; }

    /// <inheritdoc/>
    public override bool TakesMessages => true;

    /// <inheritdoc/>
    protected override int Work(byte[] buffer)
    {
        switch (_state)
        {
            case Collecting:
                return Collect(buffer);
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
                return TakeReady(message, size);
            case TransferMessage.Accept:
                return _state == AwaitingAccept && TakeAccept(message, size);
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
        _open = false;
    }

    private bool TakeReady(byte[] message, int size)
    {
        if (_peerMessage != 0 || size != TransferMessage.ReadySize || message[1] != TransferMessage.Version)
        {
            return false;
        }

        _peerMessage = Wire.ReadU32(message, 2);
        _peerEntries = Wire.ReadU32(message, 6);
        if (_peerMessage < TransferMessage.MinMessageSize)
        {
            return false;
        }

        if (TotalEntries > _peerEntries)
        {
            Cancel(TransferResult.TooMany);
        }

        return true;
    }

    // Hashes until there are enough entries for an OFFER, then offers them.
    private int Collect(byte[] buffer)
    {
        if (_open)
        {
            HashOn(buffer);
            return Worked;
        }

        int limit = LargestMessage(buffer);
        if (_next < _source.Count && _count < limit / TransferMessage.BytesPerEntry)
        {
            Begin(limit);
            return Worked;
        }

        if (_peerMessage == 0)
        {
            return Waits;
        }

        if (_count == 0)
        {
            _state = AwaitingDone;
            buffer[0] = TransferMessage.Done;
            Wire.WriteU32(buffer, 1, (uint)_before);
            Wire.WriteU32(buffer, 5, (uint)_leftOut);
            return TransferMessage.DoneSize;
        }

        return SendOffer(buffer, limit);
    }

    private void Begin(int limit)
    {
        FileEntry entry = new FileEntry { Name = _source.NameOf(_next), Size = _source.SizeOf(_next), SourceIndex = _next };
        _next++;
        string name = entry.Name;
        bool folder = name.Length > 0 && name[name.Length - 1] == '/';
        entry.Hash = folder ? null : new byte[TransferMessage.HashSize];
        if (!TransferName.Check(folder ? name.Substring(0, name.Length - 1) : name) || Offer.FrameSize + Offer.SizeOf(entry) > limit)
        {
            LeaveOut(entry, TransferResult.BadName);
        }
        else if (folder)
        {
            Add(entry);
        }
        else if (_source.Open(entry.SourceIndex))
        {
            _open = true;
            _position = 0;
            _hash.Begin();
            Current = entry;
        }
        else
        {
            LeaveOut(entry, TransferResult.Unreadable);
        }
    }

    private void HashOn(byte[] buffer)
    {
        FileEntry entry = Current;
        int wanted = Least(buffer.Length, entry.Size - _position);
        int size = wanted == 0 ? 0 : _source.Read(buffer, 0, wanted);
        if (size > 0)
        {
            _hash.Update(buffer, 0, size);
            _position += size;
            BytesHashed += size;
        }

        if (size > 0 && _position < entry.Size)
        {
            return;
        }

        CloseFile();
        Current = null;
        if (_position == entry.Size)
        {
            _hash.Current(entry.Hash, 0);
            Add(entry);
        }
        else
        {
            LeaveOut(entry, size < 0 ? TransferResult.Unreadable : TransferResult.Changed);
        }
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

    private void LeaveOut(FileEntry entry, int result)
    {
        _leftOut++;
        Conclude(entry, result);
    }

    private int SendOffer(byte[] buffer, int limit)
    {
        int size = Offer.FrameSize;
        _offered = 0;
        while (_offered < _count && _offered < limit / TransferMessage.BytesPerEntry && size + Offer.SizeOf(_entries[_offered]) <= limit)
        {
            size += Offer.SizeOf(_entries[_offered++]);
        }

        _state = AwaitingAccept;
        return new Offer { First = _before, Total = TotalEntries, Bytes = TotalBytes, Entries = _entries, Count = _offered }.Write(buffer);
    }

    private bool TakeAccept(byte[] message, int size)
    {
        if (size != TransferMessage.AcceptHeaderSize + _offered * TransferMessage.AcceptEntrySize
            || Wire.ReadU32(message, 1) != _before || Wire.ReadU16(message, 5) != _offered)
        {
            return false;
        }

        for (int i = 0; i < _offered; i++)
        {
            FileEntry entry = _entries[i];
            int at = TransferMessage.AcceptHeaderSize + i * TransferMessage.AcceptEntrySize;
            int result = message[at];
            long offset = Wire.ReadMs(message, at + 1);
            if (offset > entry.Size)
            {
                return false;
            }

            if (result != TransferResult.Ok || entry.IsFolder)
            {
                Conclude(entry, result);
                continue;
            }

            entry.Offset = offset;
            entry.PrefixHash = new byte[TransferMessage.HashSize];
            Array.Copy(message, at + 9, entry.PrefixHash, 0, TransferMessage.HashSize);
        }

        _state = Sending;
        _current = 0;
        return true;
    }

    // Sends the files of the OFFER one after the other. Once all are concluded, the next OFFER is due.
    private int Send(byte[] buffer)
    {
        if (_open)
        {
            return _checkingPrefix ? CheckPrefix(buffer) : SendData(buffer);
        }

        while (_current < _offered && _entries[_current].Concluded)
        {
            _current++;
        }

        if (_current < _offered)
        {
            return BeginFile(buffer);
        }

        for (int i = 0; i < _offered; i++)
        {
            if (!_entries[i].Concluded)
            {
                return Waits;
            }
        }

        _before += _offered;
        _count -= _offered;
        Array.Copy(_entries, _offered, _entries, 0, _count);
        Array.Clear(_entries, _count, _entries.Length - _count);
        _offered = 0;
        _state = Collecting;
        return Worked;
    }

    private int BeginFile(byte[] buffer)
    {
        FileEntry entry = _entries[_current];
        if (!_source.Open(entry.SourceIndex))
        {
            return Skip(buffer, TransferResult.Unreadable);
        }

        _open = true;
        _position = 0;
        _checkingPrefix = entry.Offset > 0;
        _hash.Begin();
        Current = entry;
        return Worked;
    }

    // Hashes what the receiver says it has: if that is not what the file begins with, all of it is sent.
    private int CheckPrefix(byte[] buffer)
    {
        FileEntry entry = _entries[_current];
        int size = _source.Read(buffer, 0, Least(buffer.Length, entry.Offset - _position));
        if (size <= 0)
        {
            return Skip(buffer, size < 0 ? TransferResult.Unreadable : TransferResult.Changed);
        }

        _hash.Update(buffer, 0, size);
        _position += size;
        if (_position < entry.Offset)
        {
            return Worked;
        }

        _checkingPrefix = false;
        _hash.Current(_digest, 0);
        if (AreEqual(_digest, 0, entry.PrefixHash))
        {
            Bytes += _position;
            BytesBefore += _position;
            return Worked;
        }

        _source.Close();
        if (!_source.Open(entry.SourceIndex))
        {
            return Skip(buffer, TransferResult.Unreadable);
        }

        _hash.Begin();
        _position = 0;
        return Worked;
    }

    private int SendData(byte[] buffer)
    {
        const int header = TransferMessage.DataHeaderSize;
        FileEntry entry = _entries[_current];
        int wanted = Least(WholeFragments(LargestMessage(buffer)) - header, entry.Size - _position);
        int size = 0;
        while (size < wanted)
        {
            int read = _source.Read(buffer, header + size, wanted - size);
            if (read <= 0)
            {
                return Skip(buffer, read < 0 ? TransferResult.Unreadable : TransferResult.Changed);
            }

            size += read;
        }

        _hash.Update(buffer, header, size);
        if (_position + size == entry.Size)
        {
            _hash.Current(_digest, 0);
            if (!AreEqual(_digest, 0, entry.Hash))
            {
                return Skip(buffer, TransferResult.Changed);
            }
        }

        buffer[0] = TransferMessage.Data;
        Wire.WriteU32(buffer, 1, (uint)(_before + _current));
        Wire.WriteMs(buffer, 5, _position);
        _position += size;
        Bytes += size;
        if (_position == entry.Size)
        {
            EndFile();
        }

        return header + size;
    }

    private int Skip(byte[] buffer, int result)
    {
        Conclude(_entries[_current], result);
        buffer[0] = TransferMessage.Skip;
        Wire.WriteU32(buffer, 1, (uint)(_before + _current));
        buffer[5] = (byte)result;
        EndFile();
        return TransferMessage.SkipSize;
    }

    private void EndFile()
    {
        CloseFile();
        Current = null;
        _current++;
    }

    // For a file that was sent, or, when it tells of a failure, the one that is being sent.
    private bool TakeVerify(byte[] message, int size)
    {
        long index = Wire.ReadU32(message, 1) - _before;
        if (size != TransferMessage.VerifySize || index < 0 || index > _current || index >= _offered)
        {
            return false;
        }

        FileEntry entry = _entries[(int)index];
        int result = message[5];
        if (index == _current && (result == TransferResult.Ok || !_open))
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
            EndFile();
        }

        return true;
    }

    private int LargestMessage(byte[] buffer) => _peerMessage == 0 ? buffer.Length : Least(buffer.Length, _peerMessage);

    // A message fills its packets when it is a multiple of a fragment.
    private static int WholeFragments(int size) => size / DataPayload.FragmentSize * DataPayload.FragmentSize;

    private static int Least(int a, long b) => b < a ? (int)b : a;
}
