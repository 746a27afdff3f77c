using System;
using System.Text;

namespace Springtail.Sessions;

/// <summary>
/// The states of a session, the ways from one to another, and the timers, as one table (PROTOCOL.md 5, 8 to 14, 16). Every change of state is checked
/// against it in the tests and the soak (<see cref="AreRequired"/>); the device does without. The diagram and the list in section 22 are generated from it.
/// </summary>
internal static class SessionStates
{
    private static readonly Transition[] s_transitions =
    {
        new Transition(SessionState.HalfOpen, SessionState.Established, "the confirmation, or for the client the first packet, is verified", "5"),
        new Transition(SessionState.HalfOpen, SessionState.Resuming, "made of a snapshot", "16"),
        new Transition(SessionState.HalfOpen, SessionState.Ended, "60 s, or for the client 4 to 20 s, without it; replaced; closed", "5, 20"),
        new Transition(SessionState.HalfOpen, SessionState.Asleep, "kept by a server before this one", "14.2"),
        new Transition(SessionState.Resuming, SessionState.Established, "a packet under the new keys is verified", "16"),
        new Transition(SessionState.Resuming, SessionState.Ended, "3 s without one; closed", "16"),
        new Transition(SessionState.Established, SessionState.Recovering, "the peer is unheard for three keepalive spans; 8 timers or 3 rekeys unanswered", "9, 10, 12"),
        new Transition(SessionState.Established, SessionState.Asleep, "the client tells the server of a sleep", "10, 16"),
        new Transition(SessionState.Established, SessionState.Closing, "closed, or FIN comes", "10"),
        new Transition(SessionState.Established, SessionState.Ended, "RST; numbers used up; saved; followed by another", "3.1, 10, 14, 16"),
        new Transition(SessionState.Recovering, SessionState.Established, "the peer is heard, or acknowledges later numbers; RESUME comes", "14, 16"),
        new Transition(SessionState.Recovering, SessionState.Asleep, "the client tells the server of a sleep", "10, 16"),
        new Transition(SessionState.Recovering, SessionState.Closing, "closed, or FIN comes", "10"),
        new Transition(SessionState.Recovering, SessionState.Ended, "the peer is unheard for 120 s or five spans; followed by another; RST", "14"),
        new Transition(SessionState.Asleep, SessionState.Established, "RESUME, or a later packet, comes", "16"),
        new Transition(SessionState.Asleep, SessionState.Closing, "FIN comes", "10"),
        new Transition(SessionState.Asleep, SessionState.Ended, "the time announced, a tenth and 60 s more; closed", "10"),
        new Transition(SessionState.Closing, SessionState.Closed, "the peer's FIN is here and this side's is acknowledged", "10"),
        new Transition(SessionState.Closing, SessionState.Ended, "30 s after this side's FIN, or 40 s after the close was asked for; RST", "10"),
        new Transition(SessionState.Closed, SessionState.Ended, "10 s later", "10"),
    };

    private static readonly Timer[] s_timers =
    {
        new Timer("HalfOpenLifetime", 60000, "5", "server: a half-open session dies"),
        new Timer("LeastConfirmTime", 4000, "5", "client: begins anew after the first confirming ACK, at the earliest"),
        new Timer("ConfirmLifetime", 20000, "5", "client: the same, at the latest, and in suites 4 and 5"),
        new Timer("LongestHandshake", 10000, "8", "what a handshake took counts as a round trip so far"),
        new Timer("ProbeGap", 1000, "8.1", "another address is looked at for the path"),
        new Timer("AckDelay", 25, "9", "an acknowledgment is sent"),
        new Timer("ExpiryInterval", 500, "9", "incomplete fire-and-forget messages are looked through"),
        new Timer("LongestAsk", 10000, "9", "a peer that has acknowledged everything is asked what it has received"),
        new Timer("Standstill", 1000, "9", "called this much too late, the program counts as having stood still"),
        new Timer("MissingLimit", 10000, "10", "a close waits for what is missing"),
        new Timer("LingerTime", 10000, "10", "a closed session answers copies"),
        new Timer("ClosingLimit", 30000, "10", "keys are wiped after this side's FIN was first sent"),
        new Timer("TimeSyncInterval", 60000, "11", "the client asks for the time"),
        new Timer("TimeSyncAfterCorrection", 10000, "11", "the same after a correction above 50 ms"),
        new Timer("TimeSyncDoubted", 1000, "11", "the same while the handshake's time is in doubt, or nothing of the client's is acknowledged"),
        new Timer("FirstAsk", 25, "11", "a client that has said nothing asks for the time"),
        new Timer("TimeSyncMaxAge", 60000, "11", "an answer to it may have waited"),
        new Timer("TimeSyncMaxOffset", 86400000, "11", "clocks may be apart"),
        new Timer("RekeyRepeat", 2000, "12", "a request is repeated"),
        new Timer("RekeyAttempt", 10000, "12", "a request is given up"),
        new Timer("PendingLifetime", 30000, "12", "a pending epoch is wiped"),
        new Timer("PreviousLifetime", 5000, "12", "the previous epoch is wiped after the new one was heard"),
        new Timer("LeastGrace", 60000, "12.1", "keys for which a rekey is due last at least this much longer"),
        new Timer("LongestUnanswered", 5000, "14.1", "a handshake begins beside a session whose data nobody acknowledges"),
        new Timer("StandstillWithoutKeepalive", 60000, "10", "after standing still this long, a program without a keepalive asks for the time"),
        new Timer("SilenceLimit", 120000, "14", "a silent session is given up, at the least"),
        new Timer("SilenceLimitWithoutKeepalive", 86400000, "14", "the same where there is no keepalive"),
        new Timer("ResumeTime", 3000, "16", "a resume is given up, at the earliest"),
        new Timer("LongestResume", 10000, "16", "the time since a copy of RESUME, of which half sets the clock"),
        new Timer("SleepRepeat", 1000, "10", "an announced sleep is announced again"),
        new Timer("LeastMargin", 60000, "10", "a sleep may last longer than was announced, besides a tenth of it"),
    };

    /// <summary>How many timers there are.</summary>
    public static int Timers => s_timers.Length;

    /// <summary>Whether a session may go from one state to another; to stay in one is no change.</summary>
    public static bool Allows(SessionState from, SessionState to)
    {
        bool allowed = from == to;
        for (int i = 0; i < s_transitions.Length; i++)
        {
            allowed |= s_transitions[i].From == from && s_transitions[i].To == to;
        }

        return allowed;
    }

    /// <summary>The length of a timer in ms, by its name in the code; -1 when it is not in the table.</summary>
    public static long Length(string timer)
    {
        for (int i = 0; i < s_timers.Length; i++)
        {
            if (s_timers[i].Name == timer)
            {
                return s_timers[i].Ms;
            }
        }

        return -1;
    }

    /// <summary>The diagram, in mermaid, and the list of timers, in Markdown.</summary>
    public static string Describe()
    {
        StringBuilder text = new StringBuilder("```mermaid\nstateDiagram-v2\n    [*] --> HalfOpen: keys are derived (5)\n");
        for (int i = 0; i < s_transitions.Length; i++)
        {
            Transition t = s_transitions[i];
            text.Append("    ").Append(t.From).Append(" --> ").Append(t.To).Append(": ").Append(t.When.Replace(";", ",")).Append(" (").Append(t.Section).Append(")\n");
        }

        text.Append("    Ended --> [*]\n```\n\n| timer | ms | section | what then happens, or is allowed |\n|---|---|---|---|\n");
        for (int i = 0; i < s_timers.Length; i++)
        {
            Timer t = s_timers[i];
            text.Append("| ").Append(t.Name).Append(" | ").Append(t.Ms).Append(" | ").Append(t.Section).Append(" | ").Append(t.What).Append(" |\n");
        }

        return text.ToString();
    }

    /// <summary>Whether a change of state that is not in the table throws. Off unless a test sets it: a program in use goes on.</summary>
    internal static bool AreRequired { get; set; }

    /// <summary>A session changes its state.</summary>
    /// <exception cref="InvalidOperationException">Not in the table, and <see cref="AreRequired"/>.</exception>
    internal static void Require(SessionState from, SessionState to)
    {
        if (AreRequired && !Allows(from, to))
        {
            throw new InvalidOperationException("A session went from " + from + " to " + to + ", which is not in the table.");
        }
    }

    private sealed class Transition
    {
        public Transition(SessionState from, SessionState to, string when, string section)
        {
            From = from;
            To = to;
            When = when;
            Section = section;
        }

        public SessionState From { get; }

        public SessionState To { get; }

        public string When { get; }

        public string Section { get; }
    }

    private sealed class Timer
    {
        public Timer(string name, long ms, string section, string what)
        {
            Name = name;
            Ms = ms;
            Section = section;
            What = what;
        }

        public string Name { get; }

        public long Ms { get; }

        public string Section { get; }

        public string What { get; }
    }
}

internal sealed partial class Session
{
    partial void Changing(SessionState from, SessionState to) => SessionStates.Require(from, to);
}
