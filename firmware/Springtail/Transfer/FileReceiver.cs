using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Transfer;

/// <summary>
/// The receiving side of a file transfer. A file is kept under a hidden name until all of it is there and its hash is right. That name is made from
/// the file's name, so that what is there of it is found again, whenever that is.
/// </summary>
public sealed class FileReceiver : TransferSide
{
    private const int Starting = 0;
    private const int AwaitingOffer = 1;
    private const int Looking = 2;
    private const int AwaitingHash = 3;
    private const int Comparing = 4;
    private const int Receiving = 5;
    private const int Finishing = 6;

    // What an entry is compared with.
    private const int WithNothing = 0;
    private const int WithExisting = 1;
    private const int WithPartial = 2;

    private readonly IFileStore _store;
    private readonly ISha256 _hash;
    private readonly ISha256 _resumed;
    private readonly int _mostEntries;
    private readonly bool _overwrite;
    private readonly byte[] _digest = new byte[TransferMessage.HashSize];
    private readonly byte[] _peerHash = new byte[TransferMessage.HashSize];

    private int _state = Starting;
    private Offer _offer;

    // Entries of earlier OFFERs, and the bytes of all.
    private long _before;
    private long _bytesToCome;
    private long _bytesOffered;
    private long _needed;

    // The entry looked at, compared or received.
    private int _current;
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
    public override bool TakesMessages => _outgoing == 0 && _state != Looking && _state != Comparing;

    /// <inheritdoc/>
    protected override int Work(byte[] buffer)
    {
        if (_outgoing != 0)
        {
            int message = _outgoing;
            _outgoing = 0;
            return Write(message, buffer);
        }

        switch (_state)
        {
            case Looking:
                Look();
                return Worked;
            case Comparing:
                HashOn(buffer);
                return Worked;
            default:
                return Waits;
        }
    }

    /// <inheritdoc/>
    protected override bool Take(byte[] message, int size)
    {
        switch (message[0])
        {
            case TransferMessage.Offer:
                return _state == AwaitingOffer && TakeOffer(message, size);
            case TransferMessage.Hash:
                return _state == AwaitingHash && size == TransferMessage.HashMessageSize && TakeHash(message);
            case TransferMessage.Data:
                return TakeBytes(message, size - TransferMessage.DataHeaderSize, false);
            case TransferMessage.Last:
                return TakeBytes(message, size - TransferMessage.DataHeaderSize - TransferMessage.HashSize, true);
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
        if (_open && _state == Receiving && Current.Size < 0)
        {
            // A pipe cannot be read again from where it was.
            _store.Delete(_partial);
        }

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
                buffer[2] = (byte)(_store.KeepsMetadata ? TransferMessage.KeepsMetadata : 0);
                Wire.WriteU32(buffer, 3, (uint)buffer.Length);
                Wire.WriteU32(buffer, 7, (uint)_mostEntries);
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
            _bytesToCome = offer.Bytes;
        }

        if (offer.Total != TotalEntries || offer.Bytes != _bytesToCome)
        {
            return false;
        }

        for (int i = 0; i < offer.Count; i++)
        {
            if (offer.Entries[i].KnownSize > _bytesToCome - _bytesOffered)
            {
                return false;
            }

            _bytesOffered += offer.Entries[i].KnownSize;
        }

        if (TotalEntries > _mostEntries)
        {
            Cancel(TransferResult.TooMany);
            return true;
        }

        _offer = offer;
        _current = 0;
        _resumedEntry = null;
        _state = Looking;
        return true;
    }

    // Finds out what may be done about the next entry, and whether something is there of it.
    private void Look()
    {
        if (_current == _offer.Count)
        {
            _current = -1;
            AwaitNextHash();
            if (_state == AwaitingHash)
            {
                _outgoing = TransferMessage.Accept;
            }

            return;
        }

        FileEntry entry = _offer.Entries[_current];
        _current++;
        Current = entry;
        int result = TransferName.Check(entry.Path) ? Look(entry) : TransferResult.BadName;
        if (result != TransferResult.Ok)
        {
            Conclude(entry, result);
        }
    }

    private int Look(FileEntry entry)
    {
        int found = _store.Find(entry.Path, out long size);
        if (found == StoreEntry.Refused)
        {
            return TransferResult.BadName;
        }

        if (found == StoreEntry.OtherSpelling)
        {
            return TransferResult.Clash;
        }

        if (found == StoreEntry.Blocked || found == (entry.IsFolder ? StoreEntry.File : StoreEntry.Folder))
        {
            return TransferResult.Blocked;
        }

        entry.Replaces = _overwrite && found != StoreEntry.None;
        if (entry.IsFolder)
        {
            return TransferResult.Ok;
        }

        bool isThere = found == StoreEntry.File;
        if (isThere && !_overwrite && size != entry.Size)
        {
            return TransferResult.Exists;
        }

        if ((!isThere || _overwrite) && HasPartial(entry))
        {
            return TransferResult.Ok;
        }

        if (isThere && size == entry.Size)
        {
            if (size == 0)
            {
                return AlreadyThere(entry);
            }

            entry.Compared = WithExisting;
            entry.Offset = size;
        }

        return TransferResult.Ok;
    }

    // One partial file of an OFFER is resumed: files come one after the other, so more than one is rare, and is sent anew.
    private bool HasPartial(FileEntry entry)
    {
        if (_resumedEntry != null || _store.Find(TransferName.Partial(entry.Name, _hash), out long size) != StoreEntry.File || size == 0 || size > entry.Size)
        {
            return false;
        }

        _resumedEntry = entry;
        entry.Compared = WithPartial;
        entry.Offset = size;
        return true;
    }

    private int AlreadyThere(FileEntry entry)
    {
        if (entry.Replaces)
        {
            _store.SetMetadata(entry);
        }

        return TransferResult.AlreadyThere;
    }

    // Moves to the next entry whose hash is to come; after the last one all is decided.
    private void AwaitNextHash()
    {
        do
        {
            _current++;
        }
        while (_current < _offer.Count && _offer.Entries[_current].Compared == WithNothing);
        _state = AwaitingHash;
        Current = null;
        if (_current == _offer.Count)
        {
            _state = Receiving;
            CheckRoom();
        }
    }

    private void CheckRoom()
    {
        _needed = 0;
        for (int i = 0; i < _offer.Count; i++)
        {
            FileEntry entry = _offer.Entries[i];
            _needed += entry.Concluded ? 0 : entry.KnownSize - entry.Offset;
        }

        long free = _store.FreeSpace;
        if (free >= 0 && _needed > free)
        {
            Cancel(TransferResult.NoSpace);
            return;
        }

        _outgoing = TransferMessage.Accept;
    }

    // The sender's hash of as many bytes as are here: now these are hashed too.
    private bool TakeHash(byte[] message)
    {
        if (Wire.ReadU32(message, 1) - _before != _current)
        {
            return false;
        }

        FileEntry entry = _offer.Entries[_current];
        Array.Copy(message, 5, _peerHash, 0, TransferMessage.HashSize);
        Current = entry;
        bool partial = entry.Compared == WithPartial;
        if (_store.OpenToRead(partial ? TransferName.Partial(entry.Name, _hash) : entry.Name))
        {
            _position = 0;
            HashOf(entry).Begin();
            _state = Comparing;
        }
        else
        {
            Decide(entry, false);
        }

        return true;
    }

    private void HashOn(byte[] buffer)
    {
        FileEntry entry = _offer.Entries[_current];
        int size = _store.Read(buffer, 0, buffer.Length);
        if (size > 0 && size <= entry.Offset - _position)
        {
            HashOf(entry).Update(buffer, 0, size);
            _position += size;
            return;
        }

        _store.Close();
        HashOf(entry).Current(_digest, 0);
        Decide(entry, size == 0 && _position == entry.Offset && AreEqual(_digest, 0, _peerHash));
    }

    private void Decide(FileEntry entry, bool equal)
    {
        if (entry.Compared == WithPartial)
        {
            entry.Offset = equal ? entry.Offset : 0;
            _resumedEntry = equal ? entry : null;
        }
        else
        {
            entry.Offset = 0;
            if (equal)
            {
                Conclude(entry, AlreadyThere(entry));
            }
            else if (!_overwrite)
            {
                Conclude(entry, TransferResult.Exists);
            }
        }

        entry.Compared = WithNothing;
        AwaitNextHash();
    }

    private int WriteAccept(byte[] buffer)
    {
        Wire.WriteU32(buffer, 1, (uint)_before);
        Wire.WriteU16(buffer, 5, (ushort)_offer.Count);
        int at = TransferMessage.AcceptHeaderSize;
        for (int i = 0; i < _offer.Count; i++)
        {
            FileEntry entry = _offer.Entries[i];
            buffer[at] = (byte)(entry.Compared == WithNothing ? entry.Result : TransferResult.Compare);
            Wire.WriteMs(buffer, at + 1, entry.Offset);
            at += TransferMessage.AcceptEntrySize;
        }

        if (_state == Receiving)
        {
            _current = -1;
            NextFile();
        }

        return at;
    }

    // Moves to the next file that is to come, and makes the folders before it; after the last one an OFFER or DONE is awaited.
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
        FileEntry entry = _offer.Entries[_current];
        if (entry.IsFolder)
        {
            Array.Clear(_digest, 0, TransferMessage.HashSize);
            Verify(entry, _store.MakeFolder(entry));
        }
    }

    // DATA or LAST, with so many bytes of the file.
    private bool TakeBytes(byte[] message, int size, bool last)
    {
        if (size < (last ? 0 : 1))
        {
            return false;
        }

        if (IsOfRefused(message))
        {
            return true;
        }

        if (_state != Receiving || Wire.ReadU32(message, 1) - _before != _current)
        {
            return false;
        }

        FileEntry entry = _offer.Entries[_current];
        if (!_open)
        {
            _position = entry.Offset;
        }

        if (Wire.ReadMs(message, 5) != _position || (entry.Size >= 0 && size > entry.Size - _position))
        {
            return false;
        }

        if (!_open && !BeginFile(entry))
        {
            Array.Clear(_digest, 0, TransferMessage.HashSize);
            Verify(entry, TransferResult.Unwritable);
            _refused = last ? -1 : _before + _current;
            return true;
        }

        if (size > 0 && !_store.Write(message, TransferMessage.DataHeaderSize, size))
        {
            Cancel(_store.FreeSpace >= 0 && _store.FreeSpace < entry.KnownSize - _position ? TransferResult.NoSpace : TransferResult.Unwritable);
            return true;
        }

        HashOf(entry).Update(message, TransferMessage.DataHeaderSize, size);
        _position += size;
        Bytes += size;
        if (last)
        {
            Array.Copy(message, TransferMessage.DataHeaderSize + size, _peerHash, 0, TransferMessage.HashSize);
            FinishFile(entry);
        }

        return true;
    }

    private bool BeginFile(FileEntry entry)
    {
        _partial = TransferName.Partial(entry.Name, _hash);
        if (entry != _resumedEntry)
        {
            _hash.Begin();
        }

        Current = entry;
        Bytes += _position;
        BytesBefore += _position;
        _open = _store.OpenToAppend(_partial, entry);
        return _open;
    }

    private void FinishFile(FileEntry entry)
    {
        TotalBytes += _position - entry.KnownSize;
        HashOf(entry).Current(_digest, 0);
        bool written = _store.Close();
        _open = false;
        int result = !written ? TransferResult.Unwritable : !AreEqual(_digest, 0, _peerHash) ? TransferResult.HashDiffers : _store.Rename(_partial, entry);
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
        if (entry.IsFolder)
        {
            return false;
        }

        CloseFile();
        if (result == TransferResult.Changed)
        {
            _store.Delete(TransferName.Partial(entry.Name, _hash));
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

        TotalEntries = entries + leftOut;
        _state = Finishing;
        _outgoing = TransferMessage.Done;
        return true;
    }

    private bool IsOfRefused(byte[] message) => Wire.ReadU32(message, 1) == _refused;

    private ISha256 HashOf(FileEntry entry) => entry == _resumedEntry ? _resumed : _hash;
}
