using Springtail.Discovery;
using Springtail.Packets;

namespace Springtail.Peer;

/// <summary>Tells which keys a listener's peers have discovered, and, at most once in ten seconds, that requests went unanswered.</summary>
internal sealed class DiscoveryWatch(Responder responder, ChannelListener listener)
{
    private const long Interval = 10_000;

    private int _matches;
    private uint _limited;
    private long _nextAt;

    public void Look(Output output, long now)
    {
        if (responder.Matches != _matches)
        {
            _matches = responder.Matches;
            string name = listener.KeyName(responder.LastMatch) ?? "";
            output.Report(Verbosity.Normal, "discovered", $"A peer has discovered the key that both hold: {name}.", ("key", name));
        }

        uint limited = responder.Counters.Drops(DropCause.Limit);
        if (limited != _limited && now >= _nextAt)
        {
            uint more = limited - _limited;
            _limited = limited;
            _nextAt = now + Interval;
            output.Warn(
                $"{Output.Count(more, "packet")} of discovery not answered: there are five requests a minute for each address, and 16 at a time for all.", ("packets", more));
        }
    }
}
