using System;

namespace Springtail.Gateway;

/// <summary>A message as it came.</summary>
/// <param name="Time">When, in ms since 1970.</param>
/// <param name="Start">Its first bytes, at most <see cref="DeviceHistory.KeptBytes"/>.</param>
/// <param name="Size">Its size in bytes.</param>
internal readonly record struct ReadingSample(long Time, byte[] Start, int Size);

/// <summary>How a session went for a second.</summary>
/// <param name="Time">When, in ms since 1970.</param>
/// <param name="RoundTrip">The round trip in ms.</param>
/// <param name="Loss">The ratio of packets sent again among those that were sent since the sample before.</param>
internal readonly record struct PathSample(long Time, int RoundTrip, double Loss);

/// <summary>The ports of a hop window.</summary>
/// <param name="Time">When it was first seen, in ms since 1970.</param>
/// <param name="Window">Its number.</param>
/// <param name="Local">The port at which the gateway receives.</param>
/// <param name="Peer">The port of the device.</param>
internal readonly record struct WindowSample(long Time, ulong Window, int Local, int Peer);

/// <summary>What a device sent and how its session went: the last minutes.</summary>
internal sealed class DeviceHistory
{
    /// <summary>Of a longer message only the start is kept.</summary>
    public const int KeptBytes = 512;

    /// <summary>How many messages, seconds and windows are kept.</summary>
    public const int Kept = 240;

    private const int PathTime = 1000;

    private PathSample _last;
    private uint _sent;
    private uint _again;
    private ulong _window;

    /// <summary>When it was last written or looked at, on the machine's own clock in ms.</summary>
    public long UsedAt { get; set; }

    public Ring<ReadingSample> Readings { get; } = new(Kept);

    public Ring<PathSample> Path { get; } = new(Kept);

    public Ring<WindowSample> Windows { get; } = new(Kept);

    public void Read(byte[] message) => Readings.Add(new ReadingSample(Now, message.Length <= KeptBytes ? message : message[..KeptBytes], message.Length));

    /// <summary>Takes down how the session is; called by one thread, more often than windows change.</summary>
    public void Sample(ChannelStatus status)
    {
        long now = Now;
        if (status.Window != _window && status.State == Sessions.SessionState.Established)
        {
            _window = status.Window;
            Windows.Add(new WindowSample(now, status.Window, status.LocalPort, status.PeerPort));
        }

        // Also when the clock was set back.
        if (Math.Abs(now - _last.Time) >= PathTime)
        {
            // A new session counts from 0.
            bool isSame = status.PacketsSent >= _sent && status.Retransmissions >= _again;
            uint sent = isSame ? status.PacketsSent - _sent : status.PacketsSent;
            uint again = isSame ? status.Retransmissions - _again : status.Retransmissions;
            _last = new PathSample(now, status.RoundTripTime, sent == 0 ? 0 : Math.Min(1, (double)again / sent));
            (_sent, _again) = (status.PacketsSent, status.Retransmissions);
            Path.Add(_last);
        }
    }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
