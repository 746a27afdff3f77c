#nullable disable
using Springtail;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace NFUnitTest;

/// <summary>One conversation, the same in every run: packets of all types, both ways.</summary>
internal static class Conversation
{
    private const uint Seed = 52;

    private const int Quiet = 1000;

    // Of recovery, before the first for a repair and the first for an emergency.
    private const int TriesBeforeRepair = 3;
    private const int TriesBeforeEmergency = 9;

    /// <summary>The primitives that both ends have; their random numbers are those of every run.</summary>
    public static ICryptoCore Core()
    {
        return new ManagedCore(new TestRandom(Seed), false);
    }

    /// <summary>Runs it, past a tap; true when it took its course.</summary>
    public static bool Run(ICryptoCore core, IMemoryTap tap)
    {
        ChannelOptions options = Pair.Options();
        options.Suite = 2;
        options.Keepalive = 20;
        Pair pair = new Pair(Seed, 40, options, core);
        pair.Network.Tap = tap;
        if (!pair.AskClock(pair.Network.Host(3)) || !pair.Connect() || !pair.Exchange(2u, 10000))
        {
            return false;
        }

        // The client's address changes: the server asks whether it is there.
        pair.MoveClient();
        if (!pair.Exchange(1u, 10000))
        {
            return false;
        }

        // The clock is asked for, and the keys are exchanged.
        pair.Run(70000);
        pair.Near.Rekey(pair.Network.Now);
        if (!pair.Exchange(1u, 10000))
        {
            return false;
        }

        // Without a network for long enough that the client asks for a repair. All is acknowledged before: for what is not it begins a handshake at once.
        pair.Run(Quiet);
        if (pair.Near.Epoch != 1 || !pair.Isolate(TriesBeforeRepair))
        {
            return false;
        }

        pair.Run(Quiet);
        if (!pair.Exchange(1u, 10000) || pair.Near.Repairs != 1)
        {
            return false;
        }

        byte[] snapshot = pair.Save(600);
        pair.Run(10000);
        if (!pair.Resume(snapshot) || !pair.Exchange(1u, 10000))
        {
            return false;
        }

        pair.Near.Close(pair.Network.Now);
        pair.Run(20000);
        if (pair.Near.State != SessionState.Ended || !pair.ConnectAnew() || !pair.Exchange(1u, 10000))
        {
            return false;
        }

        // A message that is too large for who gets it, each way.
        if (!pair.SendTooLarge(pair.Near) || !pair.SendTooLarge(pair.Far))
        {
            return false;
        }

        // And for so long that there is nothing left but an emergency, which makes a new session of the old one.
        Session old = pair.Near;
        pair.Run(Quiet);
        if (!pair.Isolate(TriesBeforeEmergency))
        {
            return false;
        }

        pair.Run(5000);
        if (pair.Near == old || pair.Near.Id != old.Id || pair.Near.State != SessionState.Established)
        {
            return false;
        }

        pair.Near.Abort(ErrorCode.Terminated, pair.Network.Now);
        pair.Run(1000);
        return pair.Near.State == SessionState.Ended;
    }
}
