using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>The server's side of CLOCK_REQUEST (PROTOCOL.md 11): for each PSK it answers one new nonce a second, and for 2 s copies of it from other addresses.</summary>
internal sealed partial class ClockAnswers
{
    // Room for nonces at first; it doubles when there are more.
    private const int RememberedAtFirst = 16;
    private const long Interval = 1000;

    // How long copies of a request are answered.
    private const long CopyTime = 2000;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private PskKeys[] _psks;
    private ulong[][] _nonces;
    private int[] _nonceCount;
    private long[] _nextAt;
    private readonly Endpoint _to = new Endpoint();

    // The last addresses that were answered, the place that is reused next, and the nonce of those answers.
    private readonly Endpoint[] _asked = new Endpoint[SynEntry.MaxAddresses];
    private readonly ulong[] _askedNonce = new ulong[SynEntry.MaxAddresses];
    private int _nextAsked;
    private readonly byte[] _random = new byte[8];
    private ulong _nonce;
    private int _psk = -1;

    public ClockAnswers(ICryptoCore core, PskKeys[] psks, ChannelOptions options)
    {
        _options = options;
        _core = core;
        _psks = psks;
        _nonces = new ulong[psks.Length][];
        _nonceCount = new int[psks.Length];
        _nextAt = new long[psks.Length];
    }

    public bool HasAnswer => _psk >= 0;

    /// <summary>True when the packet is a CLOCK_REQUEST under one of the PSKs, whatever became of it.</summary>
    public bool Receive(byte[] packet, int size, Endpoint from, Strangers strangers, long now, Counters counters)
    {
        for (int i = 0; i < _psks.Length && strangers.MayTry(from, now); i++)
        {
            PskKeys psk = _psks[i];
            psk.PrepareClock();
            if (!_core.UnmaskPacket(packet, 0, size, psk.ClockMaskKey))
            {
                continue;
            }

            ulong nonce = Packet.SessionId(packet);
            if (Packet.Type(packet) != PacketType.Discovery || Packet.Subtype(packet) != DiscoverySubtype.ClockRequest || Packet.FromServer(packet)
                || size < Packet.Overhead + ClockPayload.RequestSize
                || !_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, psk.ClockKey, 0)
                || Wire.ReadU64(packet, Packet.HeaderSize + ClockPayload.Nonce) != nonce)
            {
                _core.MaskPacket(packet, 0, size, psk.ClockMaskKey);
                continue;
            }

            LogKeys(psk, nonce);
            if (IsLast(i, nonce) && now < _nextAt[i] - Interval + CopyTime)
            {
                if (HasAnswer || HasAsked(nonce, from))
                {
                    counters.Drop(DropCause.Copy);
                }
                else
                {
                    SetAnswer(i, nonce, from);
                }
            }
            else if (now < _nextAt[i] || HasAnswer)
            {
                counters.Drop(DropCause.Limit);
            }
            else if (IsKnown(i, nonce))
            {
                counters.Drop(DropCause.Copy);
            }
            else if (!Remember(i, nonce))
            {
                counters.Drop(DropCause.Limit);
            }
            else
            {
                _nextAt[i] = now + Interval;
                SetAnswer(i, nonce, from);
            }

            return true;
        }

        return false;
    }

    /// <summary>Writes the answer that is due; false when there is none.</summary>
    public bool Answer(Datagram datagram, int localPort, long utcNow)
    {
        if (_psk < 0)
        {
            return false;
        }

        PskKeys psk = _psks[_psk];
        _psk = -1;
        byte[] buffer = datagram.Buffer;
        Wire.WriteU64(buffer, Packet.HeaderSize + ClockPayload.Nonce, _nonce);
        Wire.WriteMs(buffer, Packet.HeaderSize + ClockPayload.UtcMs, utcNow);
        _core.Random(_random, 0, _random.Length);
        int length = new TrafficShape(Wire.ReadU32(_random, 0), false).Pad(buffer, ClockPayload.ResponseSize);
        datagram.Size = Packet.Overhead + length;
        Packet.WriteHeader(buffer, 0, PacketType.Discovery, DiscoverySubtype.ClockResponse, PacketFlags.FromServer, _nonce, Wire.ReadU32(_random, 4), 0, 0, length);
        _core.SealPacket(buffer, 0, datagram.Size, PacketProtection.Clear, null, psk.ClockKey, 0);
        _core.MaskPacket(buffer, 0, datagram.Size, psk.ClockMaskKey);
        datagram.LocalPort = localPort;
        datagram.To.CopyFrom(_to);
        return true;
    }

    // Of a request under a right tag, on the desktop.
    partial void LogKeys(PskKeys psk, ulong nonce);

    private void SetAnswer(int psk, ulong nonce, Endpoint from)
    {
        _asked[_nextAsked] = _asked[_nextAsked] ?? new Endpoint();
        _asked[_nextAsked].CopyFrom(from);
        _askedNonce[_nextAsked] = nonce;
        _nextAsked = (_nextAsked + 1) % _asked.Length;
        _psk = psk;
        _nonce = nonce;
        _to.CopyFrom(from);
    }

    private bool HasAsked(ulong nonce, Endpoint from)
    {
        for (int i = 0; i < _asked.Length; i++)
        {
            if (_asked[i] != null && _askedNonce[i] == nonce && _asked[i].SameAs(from))
            {
                return true;
            }
        }

        return false;
    }

    // Whether no other nonce of the PSK was accepted since.
    private bool IsLast(int psk, ulong nonce)
    {
        ulong[] nonces = _nonces[psk];
        return nonces != null && nonces[(_nonceCount[psk] - 1) % nonces.Length] == nonce;
    }

    // Of a desktop with a state folder: the nonces of earlier processes, and one for later ones; false when they cannot be read or kept.
    partial void Recall(int psk, ref bool isRead);

    partial void Keep(int psk, ulong nonce, ref bool isKept);

    private bool IsKnown(int psk, ulong nonce)
    {
        bool isRead = true;
        if (_nonces[psk] == null)
        {
            Recall(psk, ref isRead);
        }

        // What cannot be read may hold it.
        if (!isRead)
        {
            return true;
        }

        ulong[] nonces = _nonces[psk];
        int count = _nonceCount[psk] < _options.RememberedNonces ? _nonceCount[psk] : _options.RememberedNonces;
        for (int i = 0; i < count; i++)
        {
            if (nonces[i] == nonce)
            {
                return true;
            }
        }

        return false;
    }

    private bool Remember(int psk, ulong nonce)
    {
        bool isKept = true;
        Keep(psk, nonce, ref isKept);
        ulong[] nonces = _nonces[psk];
        int count = _nonceCount[psk];
        if (nonces == null)
        {
            nonces = new ulong[RememberedAtFirst];
        }
        else if (count == nonces.Length && count < _options.RememberedNonces)
        {
            nonces = new ulong[count * 2];
            System.Array.Copy(_nonces[psk], 0, nonces, 0, count);
        }

        nonces[count % nonces.Length] = nonce;
        _nonces[psk] = nonces;
        _nonceCount[psk]++;
        return isKept;
    }
}
