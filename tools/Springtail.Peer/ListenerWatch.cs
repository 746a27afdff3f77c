using System;
using Springtail.Packets;

namespace Springtail.Peer;

/// <summary>
/// Tells what a listener knows of handshakes that failed (PROTOCOL.md 5): a clock, a suite, a PSK, ports. Each
/// cause is told when it shows and then at most once in ten seconds, with how often it was seen.
/// </summary>
internal sealed class ListenerWatch(ChannelListener listener, ChannelOptions options)
{
    private const long Interval = 10_000;

    private readonly uint[] _told = new uint[DropCause.Count];
    private readonly long[] _nextAt = new long[DropCause.Count];
    private int _portsTaken = listener.PortsTaken;
    private long _portsNextAt;
    private long _clockError;

    public void Look(Output output, long now)
    {
        ListenerStatus status = listener.Status;
        for (int cause = 0; cause < DropCause.Count; cause++)
        {
            uint drops = status.Drops(cause);
            if (drops != _told[cause] && now >= _nextAt[cause])
            {
                uint more = drops - _told[cause];
                _told[cause] = drops;
                _nextAt[cause] = now + Interval;
                Tell(output, status, cause, more);
            }
        }

        if (status.PortsTaken != _portsTaken && now >= _portsNextAt)
        {
            int more = status.PortsTaken - _portsTaken;
            _portsTaken = status.PortsTaken;
            _portsNextAt = now + Interval;
            output.Warn(
                $"{Output.Count(more, "port")} of {RangeText(options.PortMin, options.PortCount)} could not be opened, another program has them. "
                    + "Their windows are skipped; if it happens often, give both sides a --ports range that is free.",
                ("ports", more));
        }
    }

    private static string RangeText(int portMin, int portCount) => $"{portMin}-{portMin + portCount - 1}";

    private void Tell(Output output, ListenerStatus status, int cause, uint more)
    {
        (string Name, object? Value)[] facts = [("cause", DropCauseNames.Of(cause)), ("packets", more)];
        switch (cause)
        {
            case DropCause.Timestamp when status.LastClockError != _clockError:
                _clockError = status.LastClockError;
                output.Warn(
                    $"A peer with the right PSK was refused: its clock is {TimeText.Against(_clockError)} this one's. Both must be right to 30 s: set the wrong one.",
                    [.. facts, ("clock_error_ms", _clockError)]);
                break;
            case DropCause.Timestamp:
                output.Warn("A peer with the right PSK was refused: its first packet is older than this listener, or too old. It will try again; if not, look at both clocks.", facts);
                break;
            case DropCause.Suite:
                output.Warn(
                    $"A peer with the right PSK was refused: it asks for suite {status.LastRefusedSuite}, which is not allowed here"
                        + (options.Suite != 0 ? $" (--suite {options.Suite})." : "."),
                    [.. facts, ("suite", status.LastRefusedSuite)]);
                break;
            case DropCause.PortRange:
                output.Warn(
                    $"A peer with the right PSK hops over the ports {RangeText(status.OtherPortMin, status.OtherPortCount)}, this listener over "
                        + $"{RangeText(options.PortMin, options.PortCount)}: give both the same --ports range.",
                    [.. facts, ("port_min", status.OtherPortMin), ("port_count", status.OtherPortCount)]);
                break;
            case DropCause.KeyExchange:
                output.Warn("A peer with the right PSK was refused: its public key is not a point of the curve. It is faulty, or something else uses this PSK.", facts);
                break;
            case DropCause.Limit when status.IsShortOfFiles:
                output.Warn(
                    $"A peer with the right PSK was refused: each of {status.Sessions} sessions may want four ports, and this process may open no more files (ulimit -n). "
                        + "Raise that limit, or give both sides a smaller --ports range.",
                    facts);
                break;
            case DropCause.Limit:
                output.Warn($"A peer with the right PSK was refused: too many sessions or handshakes at once ({status.Sessions} sessions).", facts);
                break;
            case DropCause.Reflected:
                output.Warn("A first packet came back as if in a mirror, and was dropped.", facts);
                break;
            case DropCause.Unreadable:
                output.Report(
                    Verbosity.Normal, "warning",
                    $"{Output.Count(more, "packet")} that no key fits: late ones of a closed session, a peer with another PSK, or a stranger.", facts);
                break;
            case DropCause.BadTag:
                output.Report(Verbosity.Normal, "warning", $"{Output.Count(more, "first packet")} with a wrong tag: damaged on the way, forged, or for a listener of another name.", facts);
                break;
            default:
                output.Report(Verbosity.Detailed, "dropped", $"{Output.Count(more, "packet")} dropped: {DropCauseNames.Of(cause)}.", facts);
                break;
        }
    }
}
