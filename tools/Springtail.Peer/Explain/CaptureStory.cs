using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;

namespace Springtail.Peer.Explain;

/// <summary>What happened in a capture: its sessions, and what is no session's.</summary>
internal sealed class CaptureStory
{
    private readonly Dictionary<ulong, SessionStory> _sessions = [];
    private readonly HashSet<ulong> _discoveries = [];
    private readonly Unsealer _unsealer;

    public CaptureStory(Unsealer unsealer) => _unsealer = unsealer;

    /// <summary>Sessions, in the order in which they began.</summary>
    public IEnumerable<SessionStory> Sessions => _sessions.Values.OrderBy(s => s.Begun);

    /// <summary>Datagrams of UDP, and those of them that are Springtail's.</summary>
    public int Datagrams { get; private set; }

    public int Found { get; private set; }

    /// <summary>Questions for the time, and answers.</summary>
    public int ClockRequests { get; private set; }

    public int ClockResponses { get; private set; }

    /// <summary>Discoveries of a shared key.</summary>
    public int Discoveries => _discoveries.Count;

    /// <summary>Those of them that ended with a key that both sides hold.</summary>
    public int DiscoveriesDone { get; private set; }

    public DateTime First { get; private set; } = DateTime.MaxValue;

    public DateTime Last { get; private set; } = DateTime.MinValue;

    /// <summary>Takes the datagrams of a capture.</summary>
    public static CaptureStory Of(IEnumerable<CapturedDatagram> datagrams, Unsealer unsealer)
    {
        CaptureStory story = new(unsealer);
        foreach (CapturedDatagram datagram in datagrams)
        {
            story.Take(datagram);
        }

        foreach (SessionStory session in story._sessions.Values)
        {
            session.Conclude(story.Last);
        }

        return story;
    }

    private void Take(CapturedDatagram datagram)
    {
        Datagrams++;
        First = datagram.Time < First ? datagram.Time : First;
        Last = datagram.Time > Last ? datagram.Time : Last;
        if (_unsealer.Open(datagram) is not { } packet)
        {
            return;
        }

        Found++;
        if (packet.Type == PacketType.Discovery)
        {
            TakeDiscovery(packet);
            return;
        }

        if (!_sessions.TryGetValue(packet.Id, out SessionStory? session))
        {
            _sessions[packet.Id] = session = new SessionStory(packet);
        }

        ulong continues = session.Take(packet);
        if (continues != 0 && _sessions.TryGetValue(continues, out SessionStory? before))
        {
            before.ContinuedBy(session, datagram.Time, datagram.Frame);
        }
    }

    private void TakeDiscovery(OpenedPacket packet)
    {
        switch (packet.Subtype)
        {
            case DiscoverySubtype.ClockRequest:
                ClockRequests++;
                break;
            case DiscoverySubtype.ClockResponse:
                ClockResponses++;
                break;
            case DiscoverySubtype.Accept when packet.Length >= DiscoveryAccept.Size && packet.U16(DiscoveryAccept.Status) == DiscoveryStatus.Ok:
                DiscoveriesDone++;
                break;
            default:
                _discoveries.Add(packet.Id);
                break;
        }
    }
}
