using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Springtail.Peer.Bench;

/// <summary>What the calling thread has taken of a core so far: others that run at the same time do not show in it. Where the system does not tell, the time that has passed.</summary>
internal static class ThreadTime
{
    private const int ThreadClock = 3;

    public static TimeSpan Now
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return Stopwatch.GetElapsedTime(0);
            }

            _ = clock_gettime(ThreadClock, out Time time);
            return TimeSpan.FromTicks(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        }
    }

#pragma warning disable IDE1006, SA1300 // the C name
    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out Time time);
#pragma warning restore IDE1006, SA1300

    // timespec.
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
