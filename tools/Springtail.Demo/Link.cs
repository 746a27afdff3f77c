using System;
using System.Diagnostics;
using Springtail.Packets;

namespace Springtail.Demo;

/// <summary>
/// One direction of a network that <see cref="Relay"/> stands for: what is lost on it, and how long the rest takes. Several relays may share one, and
/// with it its bottleneck. Safe for any thread.
/// </summary>
internal sealed class Link
{
    private readonly object _lock = new object();
    private readonly Random _random;

    // When the bottleneck has passed on all that it holds.
    private TimeSpan _freeAt;
    private TimeSpan _took;

    /// <param name="seed">Of what is lost.</param>
    public Link(int seed)
    {
        _random = new Random(seed);
    }

    /// <summary>How many of a hundred datagrams are lost.</summary>
    public int LossPercent { get; set; }

    /// <summary>How long a datagram takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How long the bottleneck takes for a full packet, and for others by their size; zero for none.</summary>
    public TimeSpan FullPacketTime { get; set; }

    /// <summary>How many full packets wait at the bottleneck at most; further ones are lost.</summary>
    public int Queue { get; set; }

    /// <summary>Datagrams that got through.</summary>
    public int Passed { get; private set; }

    /// <summary>How long they took on the average: more than was asked for where the machine is busy.</summary>
    public TimeSpan AverageTime => Passed == 0 ? TimeSpan.Zero : _took / Passed;

    /// <summary>Datagrams that did not.</summary>
    public int Lost { get; private set; }

    /// <summary>The clock of all links.</summary>
    internal static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>Takes a datagram that comes in; returns false when it is lost.</summary>
    /// <param name="size">Of the datagram, in bytes.</param>
    /// <param name="now">On the clock of all links.</param>
    /// <param name="at">When it is to come out.</param>
    internal bool Pass(int size, TimeSpan now, out TimeSpan at)
    {
        lock (_lock)
        {
            TimeSpan begin = _freeAt > now ? _freeAt : now;
            at = begin + (FullPacketTime * size / Packet.MaxSize) + Delay;
            if (_random.Next(100) < LossPercent || begin - now > FullPacketTime * Queue)
            {
                Lost++;
                return false;
            }

            _freeAt = at - Delay;
            return true;
        }
    }

    /// <summary>Notes that a datagram has come out.</summary>
    internal void Out(TimeSpan took)
    {
        lock (_lock)
        {
            Passed++;
            _took += took;
        }
    }
}
