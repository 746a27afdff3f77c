using Springtail.Crypto;
using Springtail.Hopping;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

// What an emergency needs of its session: the facts that its keys are made of, and the session that comes after (PROTOCOL.md 14).
internal sealed partial class Session
{
    private readonly int _firstPeerWindow;
    private readonly ushort _hopSequenceSeed;

    /// <summary>Client: the ladder has come to its last rung.</summary>
    internal bool EmergencyDue { get; set; }

    /// <summary>An emergency is in progress, so that silence does not end the session.</summary>
    internal bool IsHeld { get; set; }

    /// <summary>When a packet under this session's keys was last verified, in ms of the monotonic clock.</summary>
    internal long LastHeardAt => _lastHeardAt;

    internal long StartUtcMs => _startUtcMs;

    internal int Protection => KeyExchange.Protection(Suite);

    /// <summary>True when a packet carries a mask and a session_id; then it is unmasked, else it is left as it was.</summary>
    internal static bool IsFor(ICryptoCore core, byte[] packet, int size, byte[] maskKey, ulong id)
    {
        if (!core.UnmaskPacket(packet, 0, size, maskKey))
        {
            return false;
        }

        if (Packet.SessionId(packet) == id)
        {
            return true;
        }

        core.MaskPacket(packet, 0, size, maskKey);
        return false;
    }

    internal ulong ConnectionId() => EmergencyKeys.ConnectionId(_core, _clientEndpoint, _serverEndpoint, _psk);

    internal byte[] EmergencyKey(uint lastGood, int reason)
    {
        byte[] context = EmergencyKeys.Context(Id, _clientEndpoint, _serverEndpoint, (ulong)_startUtcMs, lastGood, (byte)reason, _emergencySecret);
        byte[] key = EmergencyKeys.EmergencyKey(_core, _psk, Id, context);
        Secret.Wipe(context);
        return key;
    }

    /// <summary>The mask key of EMERGENCY packets, by the request's utc_ms.</summary>
    internal byte[] EmergencyMask(long utcMs)
    {
        byte[] daily = LongTermKeys.DailyKey(_core, _psk, Dates.Date((ulong)utcMs));
        byte[] mask = LongTermKeys.MaskKey(_core, daily);
        Secret.Wipe(daily);
        return mask;
    }

    /// <summary>The server's rendezvous port by this session's clock.</summary>
    internal int RendezvousPort(long now)
    {
        if (_options.FixedRendezvous != 0)
        {
            return _options.FixedRendezvous;
        }

        ulong r = Rendezvous.Index((ulong)UtcNow(now));
        byte[] daily = LongTermKeys.DailyKey(_core, _psk, Rendezvous.Date(r));
        int port = Rendezvous.Port(_core, daily, r, _options.PortMin, _options.PortCount);
        Secret.Wipe(daily);
        return port;
    }

    internal EpochKeys InterimKeys(byte[] token, ulong recoveryId, long utcMs, int epoch)
    {
        byte[] sessionKey = EmergencyKeys.SessionKey(_core, _psk, (ulong)utcMs, Id, token, recoveryId);
        return MakeEpoch(epoch, sessionKey, EmergencyKeys.TrafficKeys(_core, sessionKey, token), 0);
    }

    /// <summary>The responder's clock, from the timestamp of its answer.</summary>
    internal TimeFilter TimeFrom(uint timestamp, long roundTrip, long now)
    {
        return new TimeFilter(Timestamps.Nearest(timestamp, UtcNow(now)) + roundTrip / 2 - _utcBase - now, (int)roundTrip, now);
    }

    /// <summary>The session after an emergency's rekey, whose keys are wiped: a new master, hence numbers, ports and masks of its own; half-open until a packet of it is verified.</summary>
    internal Session AfterEmergency(EpochKeys keys, Endpoint peer, TimeFilter time, long now)
    {
        SessionParameters previous = new SessionParameters
        {
            AuthenticationKey = keys.AuthenticationKey,
            HopIntervalVariance = (ushort)(_hops.Interval - HopPorts.BaseInterval),
            HopSequenceSeed = _hopSequenceSeed,
        };
        HandshakeResult result = new HandshakeResult
        {
            IsServer = _isServer,
            SessionId = Id,
            Suite = Suite,
            Features = Features,
            Epoch = keys.Epoch,
            Keepalive = Keepalive,
            PeerWindow = _firstPeerWindow,
            Parameters = KeySchedule.DeriveAfterEmergency(_core, keys.SessionKey, keys.ClientKey, keys.ServerKey, previous),
            Psk = _psk,
            Confirm = new byte[0],
            Peer = peer,
            EmergencySecret = Secret.Slice(_emergencySecret, 0, _emergencySecret.Length),
            ClientEndpoint = _clientEndpoint,
            ServerEndpoint = _serverEndpoint,
            StartUtcMs = _startUtcMs,
            UtcBase = _utcBase,
            Time = time,
        };
        keys.Wipe();
        Session next = new Session(_core, _options, result, now);
        if (!_isServer)
        {
            next._newEpochHeartbeat = 0;
            next._newEpochHeartbeatAt = now;
        }

        next.UpdateDeadline(now);
        return next;
    }

    /// <summary>The responder has chosen this epoch for its interim keys: it must not stand for others here.</summary>
    internal void ForgetKeysOf(int epoch)
    {
        if (_pending != null && (_pending.Epoch & 0x0F) == epoch)
        {
            DiscardPending();
        }

        if (_previous != null && (_previous.Epoch & 0x0F) == epoch)
        {
            _previous.Wipe();
            _previous = null;
        }
    }
}
