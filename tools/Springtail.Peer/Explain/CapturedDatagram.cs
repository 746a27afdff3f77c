using System;
using System.Net;

namespace Springtail.Peer.Explain;

/// <summary>A UDP datagram of a capture.</summary>
/// <param name="Frame">Its frame's number, from 1 on, as Wireshark counts.</param>
/// <param name="Time">When it was captured, UTC.</param>
/// <param name="From">Where it came from.</param>
/// <param name="To">Where it went to.</param>
/// <param name="Payload">What it carries.</param>
internal sealed record CapturedDatagram(int Frame, DateTime Time, IPEndPoint From, IPEndPoint To, byte[] Payload);
