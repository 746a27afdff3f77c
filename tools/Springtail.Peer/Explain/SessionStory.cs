using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Text;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Peer.Explain;

/// <summary>What happened in one session, from its packets in the order of the capture.</summary>
internal sealed class SessionStory
{
    // Longer than this without an acknowledgment, something is wrong.
    private static readonly TimeSpan s_stall = TimeSpan.FromSeconds(1);

    // Nothing at all for three keepalive spans (PROTOCOL.md 10); 30 s where none was agreed on in the capture.
    private const int SpansOfSilence = 3;
    private const int DefaultKeepalive = 30;

    private readonly List<StoryEvent> _events = [];
    private readonly Direction _fromClient = new();
    private readonly Direction _fromServer = new();
    private readonly MessageReader _up = new();
    private readonly MessageReader _down = new();
    private readonly TransferStory _transfer;
    private readonly HashSet<int> _serverPorts = [];
    private readonly HashSet<int> _clientPorts = [];
    private OpenedPacket _last;
    private OpenedPacket? _finClient;
    private OpenedPacket? _finServer;
    private IPEndPoint? _clientAt;
    private string? _cause;
    private int _space;
    private int _keepalive = DefaultKeepalive;
    private DateTime? _asleepUntil;
    private DateTime? _askedForSleep;

    public SessionStory(OpenedPacket first)
    {
        _last = first;
        Id = first.Id;
        Begun = first.Datagram.Time;
        _transfer = new TransferStory((name, text) => Tell(name, text));
    }

    public ulong Id { get; }

    /// <summary>The session_id as everything shows it.</summary>
    public string Name => Id.ToString("x16", CultureInfo.InvariantCulture);

    public DateTime Begun { get; }

    public IReadOnlyList<StoryEvent> Events => _events;

    public Direction FromClient => _fromClient;

    public Direction FromServer => _fromServer;

    public TransferStory Transfer => _transfer;

    /// <summary>Copies of SYN, and of SYN_ACK.</summary>
    public int Syns { get; private set; }

    public int SynAcks { get; private set; }

    public int Suite { get; private set; }

    public int Features { get; private set; }

    /// <summary>Packets of any kind under this session_id.</summary>
    public int Packets { get; private set; }

    /// <summary>The client's confirmation was seen, or packets after it.</summary>
    public bool IsEstablished { get; private set; }

    public int Epoch { get; private set; }

    public int PortsOfServer => _serverPorts.Count;

    /// <summary>How it ended, a word for a script.</summary>
    public string End { get; private set; } = "";

    /// <summary>How it ended, for a person.</summary>
    public string EndText { get; private set; } = "";

    private bool IsAsleep => _asleepUntil != null;

    /// <summary>Another session continues this one.</summary>
    public void ContinuedBy(SessionStory next, DateTime time, int frame)
    {
        NoteStalls(time);
        _events.Add(new StoryEvent(time, frame, "continued", $"session {next.Name} continues this one"));
        SetEnd("continued", $"session {next.Name} took its place and went on with its messages");
        _fromClient.Restart();
        _fromServer.Restart();
    }

    /// <summary>Takes a packet; returns the session_id that it says it continues, or 0.</summary>
    public ulong Take(OpenedPacket packet)
    {
        Packets++;
        if (packet.Tag == TagState.Bad)
        {
            (packet.FromServer ? _fromServer : _fromClient).Damaged++;
            return 0;
        }

        if (Packets > 1)
        {
            NoteTime(packet.Datagram.Time);
        }

        _last = packet;
        switch (packet.Type)
        {
            case PacketType.Syn:
                TakeSyn(packet);
                return 0;
            case PacketType.SynAck:
                TakeSynAck(packet);
                return 0;
            case PacketType.Control when packet.Space < 0:
                Tell("emergency", packet.Subtype == ControlSubtype.EmergencyRequest
                    ? "the client asks for an emergency recovery: it hears nothing under the session's keys"
                    : "the server answers the emergency");
                _cause = "the emergency";
                return 0;
        }

        return TakeNumbered(packet);
    }

    /// <summary>The capture is over.</summary>
    public void Conclude(DateTime end)
    {
        bool stalledClient = End.Length == 0 && !IsAsleep && NoteStall(_fromClient, "client", end, _fromServer.Packets);
        bool stalledServer = End.Length == 0 && !IsAsleep && NoteStall(_fromServer, "server", end, _fromClient.Packets);
        if (End.Length > 0)
        {
            return;
        }

        if (!IsEstablished)
        {
            ConcludeHandshake();
        }
        else if (_finClient != null && _finServer != null)
        {
            bool client = _finClient.Datagram.Frame < _finServer.Datagram.Frame;
            SetEnd("closed", $"closed in order, by the {(client ? "client" : "server")} first");
        }
        else if (_finClient != null || _finServer != null)
        {
            string side = _finClient != null ? "client" : "server";
            SetEnd("half-closed", $"the {side} closed it, and no FIN of the other side was seen");
        }
        else if (IsAsleep)
        {
            SetEnd("asleep", "the client sleeps when the capture ends");
        }
        else if (end - _last.Datagram.Time > Silence)
        {
            SetEnd("silent", $"neither side sent anything any more: the last packet was {(_last.FromServer ? "the server's" : "the client's")}, {Seconds(end - _last.Datagram.Time)} before the capture ends");
        }
        else if (stalledClient || stalledServer)
        {
            SetEnd("stalled", $"what the {(stalledClient ? "client" : "server")} sends is not acknowledged when the capture ends");
        }
        else
        {
            SetEnd("open", "it goes on when the capture ends");
        }
    }

    private TimeSpan Silence => TimeSpan.FromSeconds(SpansOfSilence * (_keepalive == 0 ? int.MaxValue / 4 : _keepalive));

    private void ConcludeHandshake()
    {
        if (Syns == 0)
        {
            SetEnd("unknown", "nothing under the session's keys was seen");
        }
        else if (SynAcks == 0)
        {
            SetEnd("no-answer", $"the handshake stalled at once: {Output.Count(Syns, "SYN")} and no answer. The server is not there, does not get them, holds another key or another name, allows no suite {Suite}, or the clocks are too far apart");
        }
        else if (_fromClient.Packets == 0)
        {
            SetEnd("no-confirmation", "the handshake stalled: the server answered, and the client sent no confirmation. The answer did not reach it, or it was refused (another token, another port range)");
        }
        else
        {
            SetEnd("no-confirmation", "the handshake stalled: the client confirmed, and nothing of the server followed. The hopped ports may be closed on the way");
        }
    }

    private void TakeSyn(OpenedPacket packet)
    {
        Syns++;
        if (Syns == 1)
        {
            Suite = packet.U8(Syn.Suite);
            Features = packet.U8(Syn.Features);
            _clientAt = packet.Datagram.From;
            Tell("syn", $"the client {Text(packet.Datagram.From)} begins: SYN to {Text(packet.Datagram.To)}, suite {Suite}{FeatureText(Features)}"
                + (packet.Tag == TagState.NoKey ? " (its keys are not in the key log)" : ""));
        }
    }

    private void TakeSynAck(OpenedPacket packet)
    {
        SynAcks++;
        if (SynAcks == 1)
        {
            Features = packet.U8(SynAck.Features);
            _keepalive = packet.U16(SynAck.Keepalive);
            Tell("syn-ack", $"the server answers {(Syns > 1 ? $"after {Output.Count(Syns, "SYN")}" : "the SYN")}"
                + string.Create(CultureInfo.InvariantCulture, $"; it hops over ports {packet.U16(SynAck.PortMin)} to {packet.U16(SynAck.PortMin) + packet.U16(SynAck.PortCount) - 1}")
                + FeatureText(Features));
        }
    }

    private ulong TakeNumbered(OpenedPacket packet)
    {
        bool fromServer = packet.FromServer;
        Direction sender = fromServer ? _fromServer : _fromClient;
        Direction other = fromServer ? _fromClient : _fromServer;
        if (packet.Space != _space)
        {
            // After an emergency numbers begin anew.
            NoteStalls(packet.Datagram.Time);
            _space = packet.Space;
            sender.Restart();
            other.Restart();
        }

        _serverPorts.Add((fromServer ? packet.Datagram.From : packet.Datagram.To).Port);
        _clientPorts.Add((fromServer ? packet.Datagram.To : packet.Datagram.From).Port);
        if (!sender.Send(packet, other.Packets) || packet.Tag != TagState.Good)
        {
            return 0;
        }

        NoteAddress(packet);
        NoteEpoch(packet);
        if (other.Acknowledges(packet))
        {
            NoteStall(other, fromServer ? "client" : "server", packet.Datagram.Time, sender.Packets - 1);
            other.Acknowledge(packet, sender.Packets);
        }

        if (!IsEstablished && fromServer)
        {
            IsEstablished = true;
            Tell("established", Syns > 0 ? "established" : "the session was there before the capture");
        }

        return Dispatch(packet);
    }

    private ulong Dispatch(OpenedPacket packet)
    {
        string side = packet.FromServer ? "server" : "client";
        switch (packet.Type)
        {
            case PacketType.Ack when !IsEstablished && packet.Length >= AckPayload.SizeWithConfirm && !packet.FromServer:
                ulong continues = packet.U64(AckPayload.Continues);
                if (_fromClient.Packets == 1)
                {
                    Tell("confirm", continues == 0 ? "the client confirms" : $"the client confirms, and asks to continue session {continues.ToString("x16", CultureInfo.InvariantCulture)}");
                }

                return continues;
            case PacketType.Ack when packet.Length >= AckPayload.Size && packet.U16(AckPayload.ReceiveWindow) == 0:
                Once("no-room", $"the {side} has no room: its application takes no messages");
                break;
            case PacketType.Data:
                foreach (byte[] message in (packet.FromServer ? _down : _up).Take(packet))
                {
                    (packet.FromServer ? _fromServer : _fromClient).Messages++;
                    _transfer.Take(message);
                }

                break;
            case PacketType.Heartbeat when packet.Length >= HeartbeatPayload.Size:
                TakeHeartbeat(packet);
                break;
            case PacketType.Fin:
                if ((packet.FromServer ? _finServer : _finClient) == null)
                {
                    Tell("fin", $"the {side} closes: FIN after {(packet.Length >= FinPayload.Size ? Output.Count(packet.U32(FinPayload.Messages), "reliable message") : "its messages")}");
                }

                if (packet.FromServer)
                {
                    _finServer ??= packet;
                }
                else
                {
                    _finClient ??= packet;
                }

                break;
            case PacketType.Rst when packet.Length >= 1:
                string reason = Error(packet.U8(0));
                Tell("rst", $"the {side} ends the session at once: {reason}");
                SetEnd("reset", $"the {side} ended it at once: {reason}");
                break;
            case PacketType.Error when packet.Length >= ErrorPayload.Text:
                string text = Encoding.UTF8.GetString(packet.Bytes, Packet.HeaderSize + ErrorPayload.Text, packet.Length - ErrorPayload.Text).TrimEnd('\0');
                Tell("error", $"the {side} says {Error(packet.U8(0))}{(packet.U8(0) == ErrorCode.MessageTooLarge || text.Length == 0 ? "" : ": " + Output.Printable(text))}");
                break;
            case PacketType.Control:
                TakeControl(packet, side);
                break;
            case PacketType.Management:
                TakeManagement(packet, side);
                break;
        }

        return 0;
    }

    private void TakeHeartbeat(OpenedPacket packet)
    {
        uint seconds = packet.U32(HeartbeatPayload.SleepSeconds);
        if (!packet.FromServer && seconds != 0)
        {
            if (_askedForSleep == null)
            {
                Tell("sleep", $"the client announces a sleep of {seconds} s");
            }

            _askedForSleep = packet.Datagram.Time.AddSeconds(seconds);
        }
        else if (packet.FromServer && _askedForSleep != null)
        {
            _asleepUntil = _askedForSleep;
            _askedForSleep = null;
            Tell("asleep", "the server knows of the sleep: the client may be off");
        }
    }

    private void TakeControl(OpenedPacket packet, string side)
    {
        switch (packet.Subtype)
        {
            case ControlSubtype.PathChallenge:
                Once("path", $"the server looks whether {Text(packet.Datagram.To)} is the client: PATH_CHALLENGE");
                break;
            case ControlSubtype.PathResponse:
                Once("path", $"the {side} answers from {Text(packet.Datagram.From)}: PATH_RESPONSE");
                break;
        }
    }

    private void TakeManagement(OpenedPacket packet, string side)
    {
        switch (packet.Subtype)
        {
            case ManagementSubtype.RekeyRequest:
                Once("rekey", $"the {side} asks for new keys");
                _cause = "the rekey";
                break;
            case ManagementSubtype.RekeyResponse:
                Once("rekey", $"the {side} answers with its part of new keys");
                break;
            case ManagementSubtype.RepairRequest:
                Once("repair", $"the {side} asks for a repair of the packet numbers");
                break;
            case ManagementSubtype.RepairConfirm:
                Once("repair", "the packet numbers are repaired");
                break;
            case ManagementSubtype.KeyCheck:
                Once("key-check", "the client checks the emergency's keys");
                break;
            case ManagementSubtype.KeyCheckReply:
                Once("key-check", "the server answers: the emergency's keys are right");
                break;
            case ManagementSubtype.Resume:
                Once("resume", $"the client resumes its saved session: RESUME from {Text(packet.Datagram.From)}");
                _cause = "the RESUME";
                _asleepUntil = null;
                _askedForSleep = null;
                _fromClient.Restart();
                _fromServer.Restart();
                break;
        }
    }

    private void NoteEpoch(OpenedPacket packet)
    {
        if (packet.Epoch > Epoch)
        {
            if (Packets > 1)
            {
                Tell("epoch", $"the {(packet.FromServer ? "server" : "client")} uses new keys, of epoch {packet.Epoch}{(_cause == null ? "" : " after " + _cause)}");
            }

            Epoch = packet.Epoch;
            _cause = null;
        }
    }

    // With CLIENT_HOPS only the address counts: ports change with each window.
    private void NoteAddress(OpenedPacket packet)
    {
        if (packet.FromServer)
        {
            return;
        }

        IPEndPoint from = packet.Datagram.From;
        bool hops = (Features & Springtail.Packets.Features.ClientHops) != 0;
        if (_clientAt != null && (!from.Address.Equals(_clientAt.Address) || (!hops && Syns + SynAcks > 0 && from.Port != _clientAt.Port)))
        {
            Tell("address", $"the client is at {Text(from)} now, no longer at {Text(_clientAt)}");
        }

        _clientAt = from;
    }

    // What the time since the last packet tells.
    private void NoteTime(DateTime now)
    {
        TimeSpan gap = now - _last.Datagram.Time;
        if (gap > Silence && !IsAsleep && IsEstablished)
        {
            _events.Add(new StoryEvent(_last.Datagram.Time, _last.Datagram.Frame, "silence", $"for {Seconds(gap)} nothing comes from either side, though a heartbeat is due every {_keepalive} s"));
        }
    }

    // Something is acknowledged, or with the capture's end nothing more can be.
    private bool NoteStall(Direction sender, string side, DateTime until, int heard)
    {
        if (sender.WaitsSince is not { } since || until - since < s_stall)
        {
            return false;
        }

        (int sent, int answers) = sender.SinceProgress(heard);
        string told = answers == 0 ? "nothing came from the other side"
            : $"the other side was heard ({Output.Count(answers, "packet")}), so it did not get them or had no room for them";
        _events.Add(new StoryEvent(since, _last.Datagram.Frame, "stall", $"for {Seconds(until - since)} nothing of what the {side} sent ({Output.Count(sent, "packet")}) was acknowledged; {told}"));
        return true;
    }

    private void NoteStalls(DateTime until)
    {
        NoteStall(_fromClient, "client", until, _fromServer.Packets);
        NoteStall(_fromServer, "server", until, _fromClient.Packets);
    }

    private void Once(string name, string text)
    {
        if (_events.Count == 0 || _events[^1].Text != text)
        {
            Tell(name, text);
        }
    }

    private void Tell(string name, string text) => _events.Add(new StoryEvent(_last.Datagram.Time, _last.Datagram.Frame, name, text));

    private void SetEnd(string end, string text)
    {
        if (End.Length == 0)
        {
            End = end;
            EndText = text;
        }
    }

    private static string Text(IPEndPoint point) => point.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(point.Address.MapToIPv4(), point.Port).ToString() : point.ToString();

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private static string FeatureText(int features) => features switch { 0 => "", 1 => ", DIVERSIFIED", 2 => ", CLIENT_HOPS", _ => ", DIVERSIFIED and CLIENT_HOPS" };

    private static string Error(int code) => code == ErrorCode.Terminated ? "it was asked to" : string.Create(CultureInfo.InvariantCulture, $"error 0x{code:X2}");
}
