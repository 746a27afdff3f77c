using Springtail.Packets;

namespace Springtail.Sessions;

// TIME_SYNC (PROTOCOL.md 11).
internal sealed partial class Session
{
    private const long TimeSyncInterval = 60000;
    private const long TimeSyncAfterCorrection = 10000;
    private const long TimeSyncDoubted = 3000;
    private const int LargeCorrection = 50;

    // What a response may claim: an answer that waited no longer than this, and clocks no further apart.
    private const long TimeSyncMaxAge = 60000;
    private const long TimeSyncMaxOffset = 86400000;

    // Client.
    private long _timeSyncAt = long.MaxValue;
    private uint _timeSyncNonce;
    private bool _timeSyncPending;

    // The handshake's time may be an interval off, and how often a better one was asked for since.
    private bool _timeDoubted;
    private int _timeSyncTries;

    // Server: the answer that waits to be sent.
    private bool _timeSyncAnswer;
    private byte[] _timeSyncRequest;
    private long _timeSyncArrivedAt;
    private int _timeSyncFromPort;

    /// <summary>The client's clock correction in ms; 0 on the server.</summary>
    public long ClockOffset(long now) => _isServer ? 0 : _time.Offset(now);

    // At once where nobody vouches for the handshake's time, or where it was so slow to measure, or its ACK to reach the server, that it may be
    // an interval off.
    private void StartTimeSync(long now)
    {
        if (_isServer)
        {
            return;
        }

        _timeDoubted = _confirmCopies > 2 || _time.Delay > _hops.Interval;
        _timeSyncTries = _confirmCopies - 2;
        _timeSyncAt = _timeDoubted || Suite >= Keys.KeySchedule.SuiteToken ? now : now + TimeSyncInterval;
    }

    private long TimeSyncDeadline(long now) => _shifts != 0 ? now : _timeSyncAt;

    // The request goes out to the windows that the shifts name.
    private void BeginTimeSync(int shifts)
    {
        _shifts = shifts;
        _core.Random(_random, 0, 4);
        _timeSyncNonce = Wire.ReadU32(_random, 0);
        _timeSyncPending = true;
    }

    private bool SendTimeSync(Datagram datagram, long now)
    {
        byte[] buffer = datagram.Buffer;
        int payload = Packet.HeaderSize;
        if (_timeSyncAnswer)
        {
            _timeSyncAnswer = false;
            System.Array.Copy(_timeSyncRequest, 0, buffer, payload, TimeSyncPayload.RequestSize);
            Wire.WriteMs(buffer, payload + TimeSyncPayload.T2, UtcNow(_timeSyncArrivedAt));
            Wire.WriteMs(buffer, payload + TimeSyncPayload.T3, UtcNow(now));
            Seal(datagram, PacketType.Control, ControlSubtype.TimeSyncResponse, 0, TimeSyncPayload.ResponseSize, 0, now);

            // A client whose clock is off listens there, and perhaps not where it should.
            datagram.To.Port = ClientHops ? _timeSyncFromPort : datagram.To.Port;
            return true;
        }

        if (_shifts == 0)
        {
            if (now < _timeSyncAt)
            {
                return false;
            }

            BeginTimeSync(ShiftsOfTry(_timeDoubted ? _timeSyncTries++ % 3 : 0));
            _timeSyncAt = now + (_timeDoubted ? TimeSyncDoubted : TimeSyncInterval);
        }

        Wire.WriteU32(buffer, payload + TimeSyncPayload.Nonce, _timeSyncNonce);
        Wire.WriteMs(buffer, payload + TimeSyncPayload.T1, _utcBase + now);
        Seal(datagram, PacketType.Control, ControlSubtype.TimeSyncRequest, 0, TimeSyncPayload.RequestSize, NextShift(), now);
        return true;
    }

    private void ReceiveTimeSyncRequest(byte[] packet, int length, int fromPort, long now)
    {
        if (length < TimeSyncPayload.RequestSize)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        _timeSyncRequest = _timeSyncRequest ?? new byte[TimeSyncPayload.RequestSize];
        System.Array.Copy(packet, Packet.HeaderSize, _timeSyncRequest, 0, TimeSyncPayload.RequestSize);
        _timeSyncArrivedAt = now;
        _timeSyncFromPort = fromPort;
        _timeSyncAnswer = true;
    }

    private void ReceiveTimeSyncResponse(byte[] packet, int length, long now)
    {
        if (length < TimeSyncPayload.ResponseSize)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        int payload = Packet.HeaderSize;
        if (!_timeSyncPending || Wire.ReadU32(packet, payload + TimeSyncPayload.Nonce) != _timeSyncNonce)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        long t1 = Wire.ReadMs(packet, payload + TimeSyncPayload.T1);
        long t2 = Wire.ReadMs(packet, payload + TimeSyncPayload.T2);
        long t3 = Wire.ReadMs(packet, payload + TimeSyncPayload.T3);
        long t4 = _utcBase + now;
        if (t1 > t4 || t4 - t1 > TimeSyncMaxAge || t3 < t2 || t3 - t2 > TimeSyncMaxAge || t2 > t4 + TimeSyncMaxOffset || t3 < t1 - TimeSyncMaxOffset)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        long delay = (t4 - t1) - (t3 - t2);
        if (delay < 0 || delay > _hops.Interval)
        {
            return;
        }

        // t1 + t4 and t2 + t3 are twice the middle of the exchange on either clock.
        long mine = t1 + t4;
        long theirs = t2 + t3;
        long offset = theirs < mine ? 0 - (mine - theirs) / 2 : (theirs - mine) / 2;
        _timeSyncPending = false;
        _timeDoubted = false;
        long correction = _time.Sample(offset, (int)delay, _hops.Interval, now);
        _timeSyncAt = now + (correction > LargeCorrection ? TimeSyncAfterCorrection : TimeSyncInterval);
        UpdateHops(now);
    }
}
