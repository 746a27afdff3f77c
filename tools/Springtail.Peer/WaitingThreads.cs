using System;

namespace Springtail.Peer;

/// <summary>The pool's threads that wait for work.</summary>
internal static class WaitingThreads
{
    /// <summary>
    /// Has them sleep at once and not spin before: a listener's work comes in small pieces, many times a second, between which spinning takes as much of a core as
    /// the work. It takes about 50 µs longer until one is there. Call before the pool has run anything.
    /// </summary>
    public static void SleepAtOnce() => AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
}
