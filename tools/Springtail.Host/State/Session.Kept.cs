#nullable enable
using System;
using System.IO;
using Springtail.Crypto;
using Springtail.Delivery;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

// A server's session that outlasts its listener (PROTOCOL.md 14.2). Of a client that is awake its messages are kept, and what proves it, but no keys: in the listener
// that comes after, the session sends and takes nothing until its client continues it with a handshake. Of a sleeper all is kept that the device keeps, too.
internal sealed partial class Session
{
    private const byte KeptVersion = 1;
    private const int SnapshotKeys = Snapshot.EmergencySecret - Snapshot.SessionKey;

    // How many times as long as for an unheard session: the client has to notice first that it gets no answer.
    private const int DormantTimes = 2;

    private bool _isBeingKept;

    /// <summary>A listener before this one has kept it, and its client, which is awake, has not continued it yet.</summary>
    internal bool IsDormant { get; private set; }

    /// <summary>A listener before this one has kept it: <see cref="IsDormant"/>, or its client sleeps.</summary>
    internal bool WasKept { get; private set; }

    /// <summary>It was kept for a listener that comes after this one.</summary>
    internal bool IsKeptForNext { get; private set; }

    /// <summary>Where the session stands for the application: one whose client is to notice the restart yet is not heard.</summary>
    internal SessionState ToldState => IsDormant && State == SessionState.Asleep ? SessionState.Recovering : State;

    /// <summary>It may outlast its listener.</summary>
    internal bool MayBeKept => IsServer && Suite <= KeySchedule.SuiteFuzzy && (IsOpen || State == SessionState.Asleep);

    /// <summary>Nothing is half done that could not be kept: no message is being taken in, and the application has said of all that it has taken by hand that it received them.</summary>
    internal bool IsReadyToKeep => !Delivery.InMessage && (!Delivery.Inbox.ByHand || Delivery.Inbox.NextMessage == Delivery.Inbox.Done);

    /// <summary>The application gets no further message that it would have to acknowledge by hand.</summary>
    internal void PrepareToKeep() => _isBeingKept = true;

    /// <summary>Returns what is kept of it.</summary>
    internal byte[] Keep(long now, long utcNow)
    {
        bool sleeps = State == SessionState.Asleep && !IsDormant;

        // The time that a sleeper has slept is no age of its keys.
        byte[] snapshot = Sleep.Write(this, sleeps ? _sleep.AsleepSince : now);
        if (!sleeps)
        {
            // Nobody's keys: no packet that comes will fit them, and none is sent.
            Core.Random(snapshot, Snapshot.SessionKey, SnapshotKeys);
        }

        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(KeptVersion);
        writer.Write(Options.ManualAcknowledgment);
        writer.Write(snapshot);
        Secret.Wipe(snapshot);
        writer.Write(sleeps);
        writer.Write(sleeps ? AsleepUntil - now + utcNow : 0);
        byte[]? secret = _continuation?.SecretOf(Continues);
        writer.Write(Continues);
        writer.Write(secret != null);
        writer.Write(secret ?? Array.Empty<byte>());
        writer.Write(LostMessages);
        Delivery.Keep(writer);
        writer.Write(IsRenewed);
        writer.Write(_renewal?.LostMessages ?? 0);
        if (IsRenewed)
        {
            (_renewal!.Earlier ?? new Inbox(Options.MaxFragments, Options.ReceiveAhead)).Keep(writer);
        }

        byte[] kept = stream.ToArray();
        Array.Clear(stream.GetBuffer());
        return kept;
    }

    /// <summary>It was kept: ends it here without a packet, and without a loss.</summary>
    internal void EndKept()
    {
        IsKeptForNext = true;
        _handedOver = true;
        Delivery.Finish();
        DropMessages();
        End(ErrorCode.None);
    }

    // Of an established session: what it names is continued in it.
    private static Continuation? ReadContinuation(BinaryReader reader)
    {
        ulong id = reader.ReadUInt64();
        byte[]? secret = reader.ReadBoolean() ? reader.ReadBytes(32) : null;
        Continuation? continuation = id == 0 ? null : new Continuation(id) { IsTaken = true };
        if (secret != null)
        {
            continuation?.Keep(secret);
            Secret.Wipe(secret);
        }

        return continuation;
    }

    /// <summary>Makes a session of what was kept of one; null when it is of other settings, or the sleeper is not to come any more.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="options">The listener's.</param>
    /// <param name="psk">The key that it belongs to.</param>
    /// <param name="kept">From <see cref="Keep"/>, as it was sealed.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    internal static Session? Revive(ICryptoCore core, ChannelOptions options, byte[] psk, byte[] kept, long now, long utcNow)
    {
        using BinaryReader reader = new(new MemoryStream(kept));
        byte[]? snapshot = null;
        try
        {
            bool isOfThese = reader.ReadByte() == KeptVersion & reader.ReadBoolean() == options.ManualAcknowledgment;
            snapshot = reader.ReadBytes(Snapshot.Size);
            if (!isOfThese || Wire.ReadU16(snapshot, Snapshot.PortMin) != options.PortMin || Wire.ReadU16(snapshot, Snapshot.PortCount) != options.PortCount)
            {
                return null;
            }

            bool sleeps = reader.ReadBoolean();
            long until = reader.ReadInt64();
            if (sleeps && until <= utcNow)
            {
                return null;
            }

            HandshakeResult handshake = Snapshot.Read(options, snapshot, now, utcNow);
            handshake.IsServer = true;
            handshake.Psk = psk;
            Session session = new(core, sleeps ? options : options.WithoutKeyLog(), handshake, null, now) { IsDormant = !sleeps, WasKept = true };
            if (sleeps)
            {
                session.LogSpace(Wire.ReadU64(snapshot, Snapshot.HighestReceived), Wire.ReadU32(snapshot, Snapshot.InitialNumber));
            }

            session.Space.Continue(snapshot);
            session.Space.Leap(session.Random() >> 4);
            session.Epochs.Continue(snapshot, now);
            session._continuation = ReadContinuation(reader);
            session.LostMessages = reader.ReadInt32();
            session.Delivery.TakeUp(reader, now);
            bool hasEarlier = reader.ReadBoolean();
            int lost = reader.ReadInt32();
            if (hasEarlier)
            {
                Inbox earlier = new(options.MaxFragments, options.ReceiveAhead);
                earlier.TakeUp(reader, now);
                session._renewal = new Renewal(earlier, lost);
            }

            session.EndOpening();
            session.State = SessionState.Asleep;
            session.NeedSleep().GoOn(sleeps ? now + until - utcNow : now + DormantTimes * session.Recovery.SilenceKept, now);
            session.LookAgain(now);
            return session;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
        finally
        {
            Secret.Wipe(snapshot);
        }
    }
}

internal sealed partial class Delivery
{
    /// <summary>Writes what a session that continues this one would send, and what has come and was not taken.</summary>
    public void Keep(BinaryWriter writer)
    {
        _queue.Keep(writer);
        _inbox.Keep(writer);
    }

    /// <summary>Goes on where another one was kept. It is empty.</summary>
    /// <exception cref="InvalidDataException">It holds less than that one.</exception>
    public void TakeUp(BinaryReader reader, long now)
    {
        _queue.TakeUp(reader);
        _inbox.TakeUp(reader, now);
        _advertisedWindow = _inbox.Window;
    }
}

internal sealed partial class PacketSpace
{
    /// <summary>Goes on so many numbers further.</summary>
    public void Leap(uint numbers) => _lastNumber += numbers;
}

internal sealed partial class Sleep
{
    /// <summary>Server: since when the client sleeps, in ms of the monotonic clock.</summary>
    public long AsleepSince => _asleepSince;

    /// <summary>Server: nothing is sent until then, unless the client wakes.</summary>
    public void GoOn(long until, long now)
    {
        _asleepUntil = until;
        _asleepSince = now;
        _asleepNumber = _session.Space.Highest;
    }
}
