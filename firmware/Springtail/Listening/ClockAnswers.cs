using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>The server's side of CLOCK_REQUEST (PROTOCOL.md 11): each nonce is answered once, each PSK once a second.</summary>
internal sealed partial class ClockAnswers
{
    private const int Remembered = 1024;

    // For so many nonces there is room at first; it doubles when they are more.
    private const int RememberedAtFirst = 16;
    private const long Interval = 1000;

    private readonly ICryptoCore _core;
    private PskKeys[] _psks;
    private ulong[][] _nonces;
    private int[] _nonceCount;
    private long[] _nextAt;
    private readonly Endpoint _to = new Endpoint();
    private ulong _nonce;
    private int _psk = -1;

    public ClockAnswers(ICryptoCore core, PskKeys[] psks)
    {
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

            if (IsKnown(i, nonce))
            {
                counters.Drop(DropCause.Copy);
            }
            else if (now < _nextAt[i] || HasAnswer)
            {
                counters.Drop(DropCause.Limit);
            }
            else
            {
                _nextAt[i] = now + Interval;
                Remember(i, nonce);
                _psk = i;
                _nonce = nonce;
                _to.CopyFrom(from);
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
        datagram.Size = Packet.Overhead + ClockPayload.ResponseSize;
        Packet.WriteHeader(buffer, 0, PacketType.Discovery, DiscoverySubtype.ClockResponse, PacketFlags.FromServer, _nonce, 0, 0, 0, ClockPayload.ResponseSize);
        Wire.WriteU64(buffer, Packet.HeaderSize + ClockPayload.Nonce, _nonce);
        Wire.WriteMs(buffer, Packet.HeaderSize + ClockPayload.UtcMs, utcNow);
        _core.SealPacket(buffer, 0, datagram.Size, PacketProtection.Clear, null, psk.ClockKey, 0);
        _core.MaskPacket(buffer, 0, datagram.Size, psk.ClockMaskKey);
        datagram.LocalPort = localPort;
        datagram.To.CopyFrom(_to);
        return true;
    }

    private bool IsKnown(int psk, ulong nonce)
    {
        ulong[] nonces = _nonces[psk];
        int count = _nonceCount[psk] < Remembered ? _nonceCount[psk] : Remembered;
        for (int i = 0; i < count; i++)
        {
            if (nonces[i] == nonce)
            {
                return true;
            }
        }

        return false;
    }

    private void Remember(int psk, ulong nonce)
    {
        ulong[] nonces = _nonces[psk];
        int count = _nonceCount[psk];
        if (nonces == null)
        {
            nonces = new ulong[RememberedAtFirst];
        }
        else if (count == nonces.Length && count < Remembered)
        {
            nonces = new ulong[count * 2];
            System.Array.Copy(_nonces[psk], 0, nonces, 0, count);
        }

        nonces[count % nonces.Length] = nonce;
        _nonces[psk] = nonces;
        _nonceCount[psk]++;
    }
}
