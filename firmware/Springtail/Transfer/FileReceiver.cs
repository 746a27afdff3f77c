using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Transfer;

/// <summary>
/// The receiving side of a file transfer. A file is kept under a hidden name until all of it is there and its hash is right. That name is made from
/// the file's name, size and hash, so that what is there of it is found again, whenever that is.
/// </summary>
public sealed class FileReceiver : TransferSide
{
    private const int Starting = 0;
    private const int AwaitingOffer = 1;
    private const int Examining = 2;
    private const int Receiving = 3;
    private const int Finishing = 4;

    // What the examination of an entry does next.
    private const int LookAtName = 0;
    private const int HashExisting = 1;
    private const int LookAtPartial = 2;
    private const int HashPartial = 3;

    private readonly IFileStore _store;
    private readonly ISha256 _hash;
    private readonly ISha256 _resumed;
    private readonly int _mostEntries;
    private readonly bool _overwrite;
    private readonly byte[] _digest = new byte[TransferMessage.HashSize];

    private int _state = Starting;
    private Offer _offer;

    // Entries of earlier OFFERs, and the bytes of all.
    private long _before;
    private long _bytesOffered;
    private long _needed;

    // The entry examined or received.
    private int _current;
    private int _step;
    private string _name;
    private string _partial;
    private long _position;
    private bool _open;

    // The entry whose prefix is in _resumed; one in an OFFER.
    private FileEntry _resumedEntry;

    // The number of the entry that was refused when it began to come in: what else comes of it is ignored, the sender has yet to learn it.
    private long _refused = -1;

    // The message to send next; 0 for none. For VERIFY, the entry and its hash in _digest.
    private int _outgoing;
    private int _verified;

    /// <param name="store">Where the files go.</param>
    /// <param name="hash">SHA-256, for this receiver alone.</param>
    /// <param name="resumed">Another one.</param>
    /// <param name="mostEntries">How many files and folders are taken at the most.</param>
    /// <param name="overwrite">Whether existing files are replaced.</param>
    /// <param name="watch">Is told what becomes of each file; may be null.</param>
    public FileReceiver(IFileStore store, ISha256 hash, ISha256 resumed, int mostEntries, bool overwrite, ITransferWatch watch)
        : base(watch)
    {
        _store = store;
        _hash = hash;
        _resumed = resumed;
        _mostEntries = mostEntries;
        _overwrite = overwrite;
        _outgoing = TransferMessage.Ready;
    }

    /// <summary>What the files offered last take on the medium, in bytes.</summary>
    public long BytesNeeded => _needed;

    /// <inheritdoc/>
    public override bool TakesMessages => _outgoing == 0 && _state != Examining;

    /// <inheritdoc/>
    protected override int Work(byte[] buffer)
    {
        if (_outgoing != 0)
        {
            int message = _outgoing;
            _outgoing = 0;
            return Write(message, buffer);
        }

        if (_state != Examining)
        {
            return Waits;
        }

        Examine(buffer);
        return Worked;
    }

    /// <inheritdoc/>
    protected override bool Take(byte[] message, int size)
    {
        switch (message[0])
        {
            case TransferMessage.Offer:
                return _state == AwaitingOffer && TakeOffer(message, size);
            case TransferMessage.Data:
                return size >= TransferMessage.DataHeaderSize && (IsOfRefused(message) || (_state == Receiving && TakeData(message, size)));
            case TransferMessage.Skip:
                return size == TransferMessage.SkipSize && (IsOfRefused(message) || (_state == Receiving && TakeSkip(message)));
            case TransferMessage.Done:
                return _state == AwaitingOffer && size == TransferMessage.DoneSize && TakeDone(message);
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override void CloseFile()
    {
        _store.Close();
        _open = false;
    }

    private int Write(int message, byte[] buffer)
    {
        buffer[0] = (byte)message;
        switch (message)
        {
            case TransferMessage.Ready:
                _state = AwaitingOffer;
                buffer[1] = TransferMessage.Version;
                Wire.WriteU32(buffer, 2, (uint)buffer.Length);
                Wire.WriteU32(buffer, 6, (uint)_mostEntries);
                return TransferMessage.ReadySize;
            case TransferMessage.Accept:
                return WriteAccept(buffer);
            case TransferMessage.Verify:
                Wire.WriteU32(buffer, 1, (uint)(_before + _verified));
                buffer[5] = (byte)_offer.Entries[_verified].Result;
                Array.Copy(_digest, 0, buffer, 6, TransferMessage.HashSize);
                NextFile();
                return TransferMessage.VerifySize;
            default:
                IsDone = true;
                Wire.WriteU32(buffer, 1, (uint)Complete);
                Wire.WriteU32(buffer, 5, (uint)Failed);
                return TransferMessage.DoneSize;
        }
    }

    private bool TakeOffer(byte[] message, int size)
    {
        Offer offer = Offer.Read(message, size, message.Length / TransferMessage.BytesPerEntry);
        if (offer == null || offer.First != _before || offer.Total < _before + offer.Count)
        {
            return false;
        }

        if (_offer == null)
        {
            TotalEntries = offer.Total;
            TotalBytes = offer.Bytes;
        }

        if (offer.Total != TotalEntries || offer.Bytes != TotalBytes)
        {
            return false;
        }

        for (int i = 0; i < offer.Count; i++)
        {
            if (offer.Entries[i].Size > TotalBytes - _bytesOffered)
            {
                return false;
            }

            _bytesOffered += offer.Entries[i].Size;
        }

        if (TotalEntries > _mostEntries)
        {
            Cancel(TransferResult.TooMany);
            return true;
        }

        _offer = offer;
        _current = 0;
        _step = LookAtName;
        _needed = 0;
        _resumedEntry = null;
        _state = Examining;
        return true;
    }

    // One step of finding out what may be done about each entry, and what is there of it.
    private void Examine(byte[] buffer)
    {
        if (_current == _offer.Count)
        {
            FinishExamining();
            return;
        }

        FileEntry entry = _offer.Entries[_current];
        switch (_step)
        {
            case LookAtName:
                Look(entry);
                break;
            case LookAtPartial:
                LookForPartial(entry);
                break;
            default:
                HashOn(entry, buffer);
                break;
        }
    }

    private void FinishExamining()
    {
        Current = null;
        long free = _store.FreeSpace;
        if (free >= 0 && _needed > free)
        {
            Cancel(TransferResult.NoSpace);
            return;
        }

        _outgoing = TransferMessage.Accept;
        _state = Receiving;
    }

    private void Look(FileEntry entry)
    {
        Current = entry;
        _name = entry.IsFolder ? entry.Name.Substring(0, entry.Name.Length - 1) : entry.Name;
        if (!TransferName.Check(_name))
        {
            Settle(entry, TransferResult.BadName);
            return;
        }

        int found = _store.Find(_name, out long size);
        if (found == StoreEntry.OtherSpelling)
        {
            Settle(entry, TransferResult.Clash);
        }
        else if (entry.IsFolder)
        {
            Settle(entry, found == StoreEntry.File || found == StoreEntry.Blocked ? TransferResult.Blocked : _store.MakeFolder(_name));
        }
        else if (found == StoreEntry.None)
        {
            _step = LookAtPartial;
        }
        else if (found != StoreEntry.File)
        {
            Settle(entry, TransferResult.Blocked);
        }
        else if (size == entry.Size && _store.OpenToRead(_name))
        {
            BeginHash(HashExisting, _hash);
        }
        else
        {
            TakePlace(entry);
        }
    }

    // A file of that name is there with other contents.
    private void TakePlace(FileEntry entry)
    {
        if (_overwrite)
        {
            entry.Replaces = true;
            _step = LookAtPartial;
        }
        else
        {
            Settle(entry, TransferResult.Exists);
        }
    }

    // One partial file of an OFFER is gone on with: files come one after the other, so more than one is rare, and sent anew.
    private void LookForPartial(FileEntry entry)
    {
        _partial = TransferName.Partial(entry, _hash);
        _store.DeleteOthers(TransferName.PartialBeginning(entry.Name, _hash), _partial);
        if (_resumedEntry == null && _store.Find(_partial, out long size) == StoreEntry.File && size > 0 && size <= entry.Size && _store.OpenToRead(_partial))
        {
            BeginHash(HashPartial, _resumed);
        }
        else
        {
            Settle(entry, TransferResult.Ok);
        }
    }

    private void BeginHash(int step, ISha256 hash)
    {
        _step = step;
        _open = true;
        _position = 0;
        hash.Begin();
    }

    private void HashOn(FileEntry entry, byte[] buffer)
    {
        bool partial = _step == HashPartial;
        int size = _store.Read(buffer, 0, buffer.Length);
        if (size > 0 && size <= entry.Size - _position)
        {
            (partial ? _resumed : _hash).Update(buffer, 0, size);
            _position += size;
            return;
        }

        CloseFile();
        if (partial)
        {
            if (size == 0)
            {
                _resumedEntry = entry;
                entry.Offset = _position;
                entry.PrefixHash = new byte[TransferMessage.HashSize];
                _resumed.Current(entry.PrefixHash, 0);
            }

            Settle(entry, TransferResult.Ok);
            return;
        }

        _hash.Current(_digest, 0);
        if (size == 0 && _position == entry.Size && AreEqual(_digest, 0, entry.Hash))
        {
            Settle(entry, TransferResult.AlreadyThere);
        }
        else
        {
            TakePlace(entry);
        }
    }

    // The examination of an entry is over.
    private void Settle(FileEntry entry, int result)
    {
        if (result != TransferResult.Ok || entry.IsFolder)
        {
            Conclude(entry, result);
        }
        else
        {
            _needed += entry.Size - entry.Offset;
        }

        _current++;
        _step = LookAtName;
    }

    private int WriteAccept(byte[] buffer)
    {
        Wire.WriteU32(buffer, 1, (uint)_before);
        Wire.WriteU16(buffer, 5, (ushort)_offer.Count);
        int at = TransferMessage.AcceptHeaderSize;
        for (int i = 0; i < _offer.Count; i++)
        {
            FileEntry entry = _offer.Entries[i];
            buffer[at] = (byte)entry.Result;
            Wire.WriteMs(buffer, at + 1, entry.Offset);
            if (entry.PrefixHash == null)
            {
                Array.Clear(buffer, at + 9, TransferMessage.HashSize);
            }
            else
            {
                Array.Copy(entry.PrefixHash, 0, buffer, at + 9, TransferMessage.HashSize);
            }

            at += TransferMessage.AcceptEntrySize;
        }

        _current = -1;
        NextFile();
        return at;
    }

    // Moves to the next file that is to come; after the last one an OFFER or DONE is awaited.
    private void NextFile()
    {
        Current = null;
        do
        {
            _current++;
            if (_current == _offer.Count)
            {
                _before += _offer.Count;
                _state = AwaitingOffer;
                return;
            }
        }
        while (_offer.Entries[_current].Concluded);
    }

    private bool TakeData(byte[] message, int size)
    {
        long index = Wire.ReadU32(message, 1) - _before;
        long offset = Wire.ReadMs(message, 5);
        size -= TransferMessage.DataHeaderSize;
        if (index != _current)
        {
            return false;
        }

        FileEntry entry = _offer.Entries[_current];
        if (!_open)
        {
            if (offset != 0 && offset != entry.Offset)
            {
                return false;
            }

            if (!BeginFile(entry, offset))
            {
                Array.Clear(_digest, 0, TransferMessage.HashSize);
                Verify(entry, TransferResult.Unwritable);
                _refused = _before + _current;
                return true;
            }
        }

        if (offset != _position || size > entry.Size - _position || (size == 0 && _position != entry.Size))
        {
            return false;
        }

        if (size > 0 && !_store.Write(message, TransferMessage.DataHeaderSize, size))
        {
            Cancel(_store.FreeSpace >= 0 && _store.FreeSpace < entry.Size - _position ? TransferResult.NoSpace : TransferResult.Unwritable);
            return true;
        }

        Hash(entry).Update(message, TransferMessage.DataHeaderSize, size);
        _position += size;
        Bytes += size;
        if (_position == entry.Size)
        {
            FinishFile(entry);
        }

        return true;
    }

    // At offset 0 the sender has found that what is here is not what its file begins with.
    private bool BeginFile(FileEntry entry, long offset)
    {
        _partial = TransferName.Partial(entry, _hash);
        if (offset == 0)
        {
            _resumedEntry = _resumedEntry == entry ? null : _resumedEntry;
            _hash.Begin();
        }

        Bytes += offset;
        BytesBefore += offset;
        Current = entry;
        _position = offset;
        _open = _store.OpenToAppend(_partial, offset == 0);
        return _open;
    }

    private void FinishFile(FileEntry entry)
    {
        Hash(entry).Current(_digest, 0);
        bool written = _store.Close();
        _open = false;
        int result = !written ? TransferResult.Unwritable : !AreEqual(_digest, 0, entry.Hash) ? TransferResult.HashDiffers : _store.Rename(_partial, entry.Name, entry.Replaces);
        if (result != TransferResult.Ok && result != TransferResult.Unwritable)
        {
            _store.Delete(_partial);
        }

        Verify(entry, result);
    }

    private void Verify(FileEntry entry, int result)
    {
        Conclude(entry, result);
        _verified = _current;
        _outgoing = TransferMessage.Verify;
    }

    private bool TakeSkip(byte[] message)
    {
        long index = Wire.ReadU32(message, 1) - _before;
        int result = message[5];
        if (index != _current || (result != TransferResult.Changed && result != TransferResult.Unreadable))
        {
            return false;
        }

        FileEntry entry = _offer.Entries[_current];
        CloseFile();
        if (result == TransferResult.Changed)
        {
            _store.Delete(TransferName.Partial(entry, _hash));
        }

        Conclude(entry, result);
        NextFile();
        return true;
    }

    private bool TakeDone(byte[] message)
    {
        long entries = Wire.ReadU32(message, 1);
        long leftOut = Wire.ReadU32(message, 5);
        if (entries != _before || (_offer != null && entries + leftOut != TotalEntries))
        {
            return false;
        }

        _state = Finishing;
        _outgoing = TransferMessage.Done;
        return true;
    }

    private bool IsOfRefused(byte[] message) => Wire.ReadU32(message, 1) == _refused;

    private ISha256 Hash(FileEntry entry) => entry == _resumedEntry ? _resumed : _hash;
}
