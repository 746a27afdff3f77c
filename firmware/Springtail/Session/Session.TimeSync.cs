using Springtail.Packets;

namespace Springtail.Sessions;

// TIME_SYNC, and what happens when the peer falls silent (PROTOCOL.md 11, 14).
public sealed partial class Session
{
    private const long TimeSyncInterval = 60000;
    private const long TimeSyncAfterCorrection = 10000;
    private const int LargeCorrection = 50;
    private const int TimeSyncTries = 3;
    private const int TimeSyncTryTime = 1500;

    private const int SilentSpans = 3;
    private const long SilenceLimit = 120000;
    private const int SilenceLimitSpans = 5;
    private const long SilenceLimitWithoutKeepalive = 24L * 3600 * 1000;

    // Client.
    private long _timeSyncAt = long.MaxValue;
    private uint _timeSyncNonce;
    private bool _timeSyncPending;
    private int _recoveryTries;

    // Server: the answer that waits to be sent.
    private bool _timeSyncAnswer;
    private readonly byte[] _timeSyncRequest = new byte[TimeSyncPayload.RequestSize];
    private long _timeSyncArrivedAt;

    /// <summary>The client's clock correction in ms; 0 on the server.</summary>
    public long ClockOffset(long now) => _isServer ? 0 : _time.Offset(now);

    private void StartTimeSync(long now)
    {
        if (!_isServer)
        {
            _timeSyncAt = _protection == Crypto.PacketProtection.ChaCha20Poly1305 && Suite >= Keys.KeySchedule.SuiteToken ? now : now + TimeSyncInterval;
        }
    }

    private long TimeSyncDeadline(long now) => _shifts != 0 ? now : _timeSyncAt;

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
            return true;
        }

        if (_shifts == 0)
        {
            if (now < _timeSyncAt)
            {
                return false;
            }

            _shifts = 1;
            _timeSyncAt = now + TimeSyncInterval;
            if (State == SessionState.Recovering)
            {
                _shifts = ShiftsOfTry(_recoveryTries);
                _recoveryTries++;
                _timeSyncAt = _recoveryTries < TimeSyncTries ? now + TimeSyncTryTime : now + TimeSyncAfterCorrection;
            }

            _core.Random(_random, 0, 4);
            _timeSyncNonce = Wire.ReadU32(_random, 0);
            _timeSyncPending = true;
        }

        Wire.WriteU32(buffer, payload + TimeSyncPayload.Nonce, _timeSyncNonce);
        Wire.WriteMs(buffer, payload + TimeSyncPayload.T1, _utcBase + now);
        Seal(datagram, PacketType.Control, ControlSubtype.TimeSyncRequest, 0, TimeSyncPayload.RequestSize, NextShift(), now);
        return true;
    }

    private void ReceiveTimeSyncRequest(byte[] packet, int length, long now)
    {
        if (length < TimeSyncPayload.RequestSize)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        System.Array.Copy(packet, Packet.HeaderSize, _timeSyncRequest, 0, TimeSyncPayload.RequestSize);
        _timeSyncArrivedAt = now;
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
        long correction = _time.Sample(offset, (int)delay, _hops.Interval, now);
        _timeSyncAt = now + (correction > LargeCorrection ? TimeSyncAfterCorrection : TimeSyncInterval);
        UpdateHops(now);
    }

    private bool IsOpen => State == SessionState.Established || State == SessionState.Recovering;

    private long SilentAt()
    {
        return Keepalive == 0 || State == SessionState.Recovering ? long.MaxValue : _lastHeardAt + (long)SilentSpans * Keepalive * 1000;
    }

    private long GivenUpAt()
    {
        if (Keepalive == 0)
        {
            return _lastHeardAt + SilenceLimitWithoutKeepalive;
        }

        long spans = (long)SilenceLimitSpans * Keepalive * 1000;
        return _lastHeardAt + (spans > SilenceLimit ? spans : SilenceLimit);
    }

    private long RecoveryDeadline() => IsOpen ? Earlier(SilentAt(), GivenUpAt()) : long.MaxValue;

    private void RunRecovery(long now)
    {
        if (!IsOpen)
        {
            return;
        }

        if (now >= GivenUpAt())
        {
            End(ErrorCode.Timeout);
        }
        else if (now >= SilentAt())
        {
            BeginRecovery(now);
        }
    }

    private void BeginRecovery(long now)
    {
        if (State != SessionState.Established)
        {
            return;
        }

        State = SessionState.Recovering;
        if (!_isServer)
        {
            _recoveryTries = 0;
            _timeSyncAt = now;
        }
    }

    private void EndRecovery(long now)
    {
        _timeouts = 0;
        _roundTrip.Reset();
        _shifts = 0;
        if (_timerAt != long.MaxValue)
        {
            _timerAt = now + _roundTrip.Timeout;
        }

        if (!_isServer)
        {
            _timeSyncAt = now + TimeSyncAfterCorrection;
        }
    }
}
