using Springtail.Hopping;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// Where datagrams go and come from (PROTOCOL.md 8): the windows and their ports, the peer's address, how it changes, and how much may be
/// sent to one that has not answered a challenge yet.
/// </summary>
internal sealed class Path
{
    /// <summary>The largest packet but DATA and those with a text or a key: REPAIR_RESPONSE.</summary>
    public const int SmallPacket = Packet.Overhead + RepairPayload.ResponseSize + TrafficShape.MaxPadding;

    // After a probe the next begins that much later at the earliest, in ms.
    private const long ProbeGap = 1000;

    // Challenges that wait for a client's answer, at most.
    private const int MaxAnswers = 8;

    // Ports of the windows w-1, w and w+1 are open always.
    private const int LeastWindows = 3;

    // The windows that a packet goes to: bit 0 stands for the present one, then come those 2 before and after it, those 5 before and after, and the present one
    // of a clock that lags by half the delay of its sample.
    private const int Shifts = 6;
    private const int Lagging = 5;

    private readonly HopSchedule _hops;
    private readonly bool _clientHops;

    /// <summary>The peer's address.</summary>
    public readonly Endpoint Peer = new Endpoint();

    private readonly int[] _openPorts;
    private int _openPortCount;

    // This side's ports of the windows from w+1 back, at least to w-1; null where this side does not hop. As many of them are open as delays require.
    private readonly int[] _windowPorts;
    private int _windowsKept = LeastWindows;
    private ulong _window;

    // The window in which a packet that leaves now arrives, and the peer's port in it.
    private ulong _aim;
    private int _peerPort;

    private int _shifts;

    // What a server knows of the client's address; null for a client, whose server has the address that it was given.
    private readonly Caller _caller;

    // Client: tokens to send back; null before there were any.
    private ulong[] _answers;
    private int _answerCount;

    /// <param name="hops">The session's schedule; it is the path's from here on.</param>
    /// <param name="isServer">The own side.</param>
    /// <param name="clientHops">Both sides hop.</param>
    /// <param name="peer">The peer's address, to which the handshake has gone.</param>
    /// <param name="windows">How many windows' ports may be open, at least 3.</param>
    /// <param name="utcMs">The session's clock.</param>
    public Path(HopSchedule hops, bool isServer, bool clientHops, Endpoint peer, int windows, long utcMs)
    {
        _hops = hops;
        _clientHops = clientHops;
        Peer.CopyFrom(peer);
        _caller = isServer ? new Caller() : null;
        bool hopping = isServer || clientHops;
        _windowPorts = hopping ? new int[windows] : null;
        _openPorts = new int[hopping ? windows + 1 : 1];
        Move(_hops.Window(utcMs), false);
        TakeAim(_hops.Window(utcMs));
    }

    /// <summary>Bytes to work in, so that nothing is allocated.</summary>
    public byte[] Scratch => _hops.Scratch;

    public ulong Window => _window;

    /// <summary>The port of the present window on which this side receives; <see cref="Datagram.OwnSocket"/> for a client that does not hop.</summary>
    public int LocalPort => _windowPorts != null ? _windowPorts[1] : Datagram.OwnSocket;

    public int PeerPort => _peerPort;

    /// <summary>Length of a window in ms.</summary>
    public int Interval => _hops.Interval;

    /// <summary>Grows whenever the open ports change.</summary>
    public int PortsVersion { get; private set; }

    /// <summary>A packet that is to go to several windows has not gone to all of them.</summary>
    public bool IsAiming => _shifts != 0;

    /// <summary>Adds the ports that are to be open to the first <paramref name="count"/> of <paramref name="ports"/>; returns the count of all, also of those that find no room.</summary>
    public int AddPorts(int[] ports, int count)
    {
        for (int i = 0; i < _openPortCount; i++, count++)
        {
            if (count < ports.Length)
            {
                ports[count] = _openPorts[i];
            }
        }

        return count;
    }

    public bool HasPort(int port)
    {
        for (int i = 0; i < _openPortCount; i++)
        {
            if (_openPorts[i] == port)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The port on which this side receives in a window, if it hops.</summary>
    public int PortOfWindow(ulong window) => _hops.Port(OwnSide, window);

    /// <summary>Moves to the window of a moment of the session's clock.</summary>
    /// <param name="utcMs">The session's clock.</param>
    /// <param name="delay">How long a packet is on its way, in ms.</param>
    /// <param name="variation">How much later than that it may come, in ms.</param>
    public void Update(long utcMs, int delay, int variation)
    {
        ulong window = _hops.Window(utcMs);
        int kept = LeastWindows + variation / _hops.Interval;
        kept = _windowPorts == null || kept < _windowPorts.Length ? kept : _windowPorts.Length;
        if (window != _window || kept != _windowsKept)
        {
            _windowsKept = kept;
            Move(window, window == _window + 1);
        }

        ulong aim = _hops.Window(utcMs + delay);
        if (aim != _aim)
        {
            TakeAim(aim);
        }
    }

    /// <summary>When one of the two windows ends, in ms of the monotonic clock.</summary>
    public long NextHopAt(long utcMs, int delay, long now)
    {
        long own = _hops.Start(_window + 1) - utcMs;
        long aim = _hops.Start(_aim + 1) - utcMs - delay;
        long ahead = own < aim ? own : aim;
        return now + (ahead < 0 ? 0 : ahead);
    }

    /// <summary>A verified packet came in, or a copy of the one with the highest number: it shows where a client is, or might be.</summary>
    public void Follow(Session session, Arrival arrival)
    {
        if (_caller == null || !(arrival.IsHighest || arrival.RepeatsHighest))
        {
            return;
        }

        Endpoint from = arrival.From;
        if (IsPath(from))
        {
            _caller.BytesIn = _caller.BytesIn > 1000000 ? _caller.BytesIn : _caller.BytesIn + arrival.Size;
            SetReplyPort(arrival.LocalPort);
            _caller.IsValidated |= session.Space.Own(arrival.Acknowledgment) >= _caller.SentFrom;
            _caller.Waits = false;
            return;
        }

        if (_caller.Probe == null && arrival.Now >= _caller.ProbeAgainAt)
        {
            BeginProbe(session, arrival.Now);
        }

        if (_caller.Probe == null || !_caller.Probe.Come(from, arrival.LocalPort, arrival.Size, arrival.Now))
        {
            _caller.Wait(from, arrival.LocalPort, arrival.Size);
        }
    }

    /// <summary>Server: the confirming ACK, or a RESUME, has come from there: that is the path from now on. Where nothing of ours went before there is a limit.</summary>
    public void Begin(Session session, Arrival arrival)
    {
        if (!IsPath(arrival.From))
        {
            Peer.CopyFrom(arrival.From);
            _caller.IsUnlimited = false;
            _caller.IsValidated = false;

            // Follow counts this packet, too.
            _caller.BytesIn = 0;
            _caller.BytesOut = 0;
            _caller.Probe = null;
            _caller.Waits = false;
        }

        NoteNumber(session);
        SetReplyPort(arrival.LocalPort);
    }

    /// <summary>
    /// Server: the next packet that answers goes to where this one came from. A client of the path that hops gets it at the port that it will have open then; or,
    /// where the path may be a quick one and the client's clock wrong, at the port that it has used.
    /// </summary>
    public void AnswerTo(Arrival arrival, bool toItsPort)
    {
        if (toItsPort || !IsPath(arrival.From))
        {
            _caller.AnswerTo = _caller.AnswerTo ?? new Endpoint();
            _caller.AnswerTo.CopyFrom(arrival.From);
            _caller.AnswerPort = arrival.LocalPort;
        }
        else
        {
            _caller.AnswerTo = null;
        }
    }

    /// <summary>The next answer goes to an address that is not the path, whose limit it does not touch: it is no larger than three times what it answers.</summary>
    public bool AnswersElsewhere => _caller != null && _caller.AnswerTo != null && !IsPath(_caller.AnswerTo);

    /// <summary>Sends an addressed packet, an answer, to where what it answers came from.</summary>
    public void Answer(Session session, Datagram datagram)
    {
        if (_caller != null && _caller.AnswerTo != null)
        {
            Return(session, datagram, _caller.AnswerTo, _caller.AnswerPort);
            _caller.AnswerTo = null;
        }
    }

    /// <summary>Server: whether an answer goes to an address that is not the path, since that is not validated.</summary>
    public bool Returns(Endpoint from) => !_caller.IsValidated && !IsPath(from);

    /// <summary>Sends an addressed packet to another address, or another of its ports.</summary>
    public void Return(Session session, Datagram datagram, Endpoint to, int localPort)
    {
        if (!IsPath(to))
        {
            NoteSentElsewhere(session, datagram);
        }

        datagram.To.CopyFrom(to);
        datagram.LocalPort = localPort;
    }

    /// <summary>When a challenge goes out, or a token is sent back.</summary>
    public long ChallengeAt(long now)
    {
        return _answerCount != 0 ? now
            : Probe != null ? Probe.SendAt(Allows(SmallPacket))
            : _caller != null && _caller.Waits ? _caller.ProbeAgainAt
            : long.MaxValue;
    }

    /// <summary>Call when <see cref="ChallengeAt"/> has come.</summary>
    public void SendChallenge(Session session, Datagram datagram, long now)
    {
        if (_answerCount != 0)
        {
            Wire.WriteU64(datagram.Buffer, Packet.HeaderSize + PathPayload.Token, _answers[--_answerCount]);
            session.Send(datagram, PacketType.Control, ControlSubtype.PathResponse, 0, PathPayload.Size, now);
            return;
        }

        if (Probe == null)
        {
            BeginProbe(session, now);
            Probe.Come(_caller.Waiting, _caller.WaitingPort, _caller.WaitingSize, now);
            _caller.Waits = false;
        }

        PathCandidate to = Probe.Next(Allows(SmallPacket));
        bool isPath = to == Probe.Path;
        to.Ask(now);
        Wire.WriteU64(datagram.Buffer, Packet.HeaderSize + PathPayload.Token, to.Token);
        int length = session.Shape.Pad(datagram.Buffer, PathPayload.Size, isPath ? TrafficShape.MaxPadding : to.MostPadding);
        session.SendAsItIs(datagram, PacketType.Control, ControlSubtype.PathChallenge, 0, length, now);
        if (!isPath || Probe.HasMoved)
        {
            // A client that hops is reached there at the port of the window.
            int port = datagram.To.Port;
            datagram.To.CopyFrom(to.At);
            datagram.To.Port = _clientHops ? port : datagram.To.Port;
            datagram.LocalPort = _clientHops ? datagram.LocalPort : to.LocalPort;
            NoteSentElsewhere(session, datagram);
        }
    }

    /// <summary>Client: a PATH_CHALLENGE came in, whose token goes back.</summary>
    public void ReceiveChallenge(ulong token)
    {
        _answers = _answers ?? new ulong[MaxAnswers];
        if (_answerCount < MaxAnswers)
        {
            _answers[_answerCount++] = token;
        }
    }

    /// <summary>Server: a PATH_RESPONSE came in, wherever from.</summary>
    public void ReceiveResponse(ulong token, long now)
    {
        if (Probe != null && Probe.Answer(token))
        {
            _caller.IsValidated = true;
            EndProbe(now + ProbeGap);
        }
    }

    /// <summary>When the probe under way is decided.</summary>
    public long DecidedAt => Probe == null ? long.MaxValue : Probe.DecidedAt(_caller.IsValidated);

    /// <summary>Call when <see cref="DecidedAt"/> has come; true when the path is another one from now on.</summary>
    public bool Decide(long now)
    {
        PathProbe probe = Probe;
        PathCandidate to = probe.GoesBack ? probe.Path : probe.HasMoved ? null : probe.Validated;
        if (to == null || probe.GoesBack)
        {
            EndProbe(probe.HasMoved && !probe.GoesBack ? now : now + ProbeGap);
        }
        else
        {
            probe.Move(now);
        }

        if (to != null)
        {
            Peer.CopyFrom(to.At);
            _caller.IsValidated = true;
            SetReplyPort(to.LocalPort);
        }

        return to != null;
    }

    /// <summary>Whether the peer's address may be sent that many bytes now.</summary>
    public bool Allows(int size) => _caller == null || _caller.Allows(size);

    /// <summary>Says where a sealed packet goes and from which socket, and counts its bytes.</summary>
    public void Address(Datagram datagram)
    {
        datagram.To.CopyFrom(Peer);
        if (_caller != null)
        {
            _caller.BytesOut += datagram.Size;
            if (!_clientHops)
            {
                datagram.LocalPort = _caller.ReplyPort;
                return;
            }
        }

        datagram.To.Port = _peerPort;
        datagram.LocalPort = _clientHops ? _windowPorts[1] : Datagram.OwnSocket;
    }

    /// <summary>
    /// Where time is what may be wrong, the first tries go to the present window, the next also two windows off, the rest five (PROTOCOL.md 11): the
    /// next packets that are given to <see cref="Aim"/> do. All but the very first go also to the window of a clock that lags.
    /// </summary>
    /// <param name="tries">Tries so far; negative for a first one that goes to the present window alone.</param>
    /// <param name="lagging">The session's clock if all of what its measure took was the way there, or a server that stood still.</param>
    public void AimFor(int tries, long lagging)
    {
        _shifts = tries < 1 ? 1 : tries == 1 ? 1 | 2 | 4 : 1 | 8 | 16;
        _shifts |= tries >= 0 && _hops.Window(lagging) + 1 < _aim ? 1 << Lagging : 0;
    }

    public void StopAiming() => _shifts = 0;

    /// <summary>Sends an addressed packet of a client's to the next of the windows that it is to go to.</summary>
    /// <param name="datagram">The packet.</param>
    /// <param name="lagging">As for <see cref="AimFor"/>.</param>
    public void Aim(Datagram datagram, long lagging)
    {
        for (int i = 0; i < Shifts; i++)
        {
            if ((_shifts & (1 << i)) != 0)
            {
                _shifts &= ~(1 << i);
                if (i == Lagging)
                {
                    datagram.To.Port = _hops.Port(HopSchedule.Server, _hops.Window(lagging));
                }
                else if (i != 0)
                {
                    ulong distance = i <= 2 ? 2ul : 5ul;
                    datagram.To.Port = _hops.Port(HopSchedule.Server, i % 2 == 0 ? _aim + distance : _aim - distance);
                }

                return;
            }
        }
    }

    /// <summary>Writes schedule and address into a snapshot.</summary>
    public void Save(byte[] snapshot)
    {
        Wire.WriteU16(snapshot, Snapshot.ClientPortOffset, (ushort)_hops.ClientOffset);
        Wire.WriteU16(snapshot, Snapshot.ServerPortOffset, (ushort)_hops.ServerOffset);
        Wire.WriteU16(snapshot, Snapshot.TimeSyncOffset, _hops.TimeSyncOffset);
        Wire.WriteU16(snapshot, Snapshot.HopInterval, (ushort)_hops.Interval);
        System.Array.Copy(_hops.Key, 0, snapshot, Snapshot.HopKey, _hops.Key.Length);
        Peer.Write(snapshot, Snapshot.Peer);
    }

    /// <summary>Wipes the schedule and closes all ports.</summary>
    public void Wipe()
    {
        _hops.Wipe();
        _openPortCount = 0;
        PortsVersion++;
    }

    private bool IsServer => _caller != null;

    private PathProbe Probe => _caller == null ? null : _caller.Probe;

    private int OwnSide => IsServer ? HopSchedule.Server : HopSchedule.Client;

    private bool IsPath(Endpoint from) => _clientHops ? from.SameAddress(Peer) : from.SameAs(Peer);

    // Counts against no limit of the path's.
    private void NoteSentElsewhere(Session session, Datagram datagram)
    {
        _caller.BytesOut -= datagram.Size;
        NoteNumber(session);
    }

    // What went elsewhere is acknowledged by packets that come from anywhere.
    private void NoteNumber(Session session)
    {
        if (!_caller.IsValidated)
        {
            _caller.SentFrom = session.Space.LastNumber + 1;
        }
    }

    private void BeginProbe(Session session, long now)
    {
        _caller.Probe = new PathProbe(Peer, _caller.ReplyPort, session.RandomToken(), session.Delivery.Timeout, now);
    }

    private void EndProbe(long nextAt)
    {
        _caller.Probe = null;
        _caller.ProbeAgainAt = nextAt;
    }

    private void SetReplyPort(int port)
    {
        if (_caller.ReplyPort != port)
        {
            _caller.ReplyPort = port;
            SetOpenPorts();
        }
    }

    private void TakeAim(ulong window)
    {
        _aim = window;
        if (!IsServer || _clientHops)
        {
            _peerPort = _hops.Port(IsServer ? HopSchedule.Client : HopSchedule.Server, window);
        }
    }

    // The newest stands first.
    private void Move(ulong window, bool isNext)
    {
        if (_windowPorts != null && (isNext || window != _window || _windowPorts[0] == 0))
        {
            for (int i = _windowPorts.Length - 1; i > 0; i--)
            {
                _windowPorts[i] = isNext ? _windowPorts[i - 1] : _hops.Port(OwnSide, window + 1 - (ulong)i);
            }

            _windowPorts[0] = _hops.Port(OwnSide, window + 1);
        }

        _window = window;
        SetOpenPorts();
    }

    private void SetOpenPorts()
    {
        _openPortCount = 0;
        for (int i = 0; _windowPorts != null && i < _windowsKept; i++)
        {
            AddOpenPort(_windowPorts[i]);
        }

        if (_windowPorts == null)
        {
            AddOpenPort(Datagram.OwnSocket);
        }
        else if (_caller != null && !_clientHops && _caller.ReplyPort != Datagram.OwnSocket)
        {
            AddOpenPort(_caller.ReplyPort);
        }

        PortsVersion++;
    }

    private void AddOpenPort(int port)
    {
        if (!HasPort(port))
        {
            _openPorts[_openPortCount++] = port;
        }
    }

    private sealed class Caller
    {
        // This side's port that the client has used last.
        public int ReplyPort = Datagram.OwnSocket;

        // It has answered a challenge there; or, without one, what is sent there has no limit.
        public bool IsValidated;
        public bool IsUnlimited = true;
        public int BytesIn;
        public int BytesOut;

        // This side's numbers from here on went to the path only: it is validated when it acknowledges one.
        public ulong SentFrom;

        // Null while no other address asks to be the path. The next are looked at from then on.
        public PathProbe Probe;
        public long ProbeAgainAt = long.MinValue;

        // The address that asked last while none was looked at, the port at which its packet came, and its bytes.
        public bool Waits;
        public Endpoint Waiting;
        public int WaitingPort;
        public int WaitingSize;

        // Where the next answer goes, since its packet came from there; null where everything goes to the path.
        public Endpoint AnswerTo;
        public int AnswerPort;

        public void Wait(Endpoint from, int localPort, int size)
        {
            Waiting = Waiting ?? new Endpoint();
            Waiting.CopyFrom(from);
            WaitingPort = localPort;
            WaitingSize = size;
            Waits = true;
        }

        public bool Allows(int size) => IsValidated || IsUnlimited || BytesOut + size <= BytesIn * PathProbe.Amplification;
    }
}
