using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Announced sleep, the saved session and RESUME (PROTOCOL.md 10, 16): there from an announcement or a resume on until it is done with.</summary>
internal sealed partial class Sleep
{
    // How long a RESUME waits for its answer, in ms; but for two round trips at the least.
    private const long ResumeTime = 3000;
    private const int ResumeRoundTrips = 2;

    // The first gap between copies of RESUME; then it doubles.
    private const int ResumeGap = 500;
    private const int ResumeCopies = 3;
    private const long SleepRepeat = 1000;

    // A board takes seconds to join its network, however short its sleep was.
    private const long LeastMargin = 60000;

    private readonly Session _session;

    // The last resume, until a packet is verified under the new keys; otherwise null.
    private Resumption _resume;

    // Client: seconds announced, 0 for none; when to announce them again; the first HEARTBEAT that says so and after which nothing else
    // was sent, 0 when there is none; and whether it was answered.
    private uint _seconds;
    private long _announceAt;
    private ulong _announcement;
    private bool _isAnswered;

    // Server: until when the client sleeps, the HEARTBEAT that said so, and since when.
    private long _asleepUntil;
    private ulong _asleepNumber;
    private long _asleepSince;

    public Sleep(Session session)
    {
        _session = session;
    }

    /// <summary>Nothing of it is needed any more.</summary>
    public bool IsOver => _resume == null && _seconds == 0 && _session.State != SessionState.Asleep;

    /// <summary>Seconds that this side's HEARTBEATs announce.</summary>
    public uint Seconds => _seconds;

    /// <summary>The announcement, if one was made, is answered.</summary>
    public bool IsReady => _seconds == 0 || _isAnswered;

    /// <summary>Server: when the sleeper is given up.</summary>
    public long AsleepUntil => _asleepUntil;

    /// <summary>The keys before the last resume, of which the session_key alone is left; null without one.</summary>
    public EpochKeys ResumedFrom => _resume?.From;

    /// <summary>Client: announces a sleep from now on; 0 takes that back.</summary>
    public void Announce(uint seconds, long now)
    {
        _seconds = seconds < HeartbeatPayload.LongestSleep ? seconds : HeartbeatPayload.LongestSleep;
        _announcement = 0;
        _isAnswered = false;
        _announceAt = now;
    }

    /// <summary>Client: when the announcement goes out.</summary>
    public long AnnounceAt => _seconds != 0 && !_isAnswered && _session.IsQuiet ? _announceAt : long.MaxValue;

    /// <summary>A packet went out: a HEARTBEAT announces, and whatever else is sent after it makes it no announcement.</summary>
    public void NoteSent(int type, long now)
    {
        if (type != PacketType.Heartbeat)
        {
            _announcement = 0;
        }
        else if (_seconds != 0)
        {
            _announcement = _announcement == 0 ? _session.Space.LastNumber : _announcement;
            _announceAt = now + _session.Shape.Shorten(SleepRepeat);
        }
    }

    /// <summary>Client: a HEARTBEAT came in.</summary>
    public void ReceiveAnswer(Arrival arrival)
    {
        _isAnswered = _isAnswered || (_announcement != 0 && _session.Space.Own(arrival.Acknowledgment) >= _announcement);
    }

    /// <summary>Server: the client sleeps.</summary>
    public void FallAsleep(Arrival arrival, uint seconds)
    {
        _session.State = SessionState.Asleep;
        _asleepNumber = arrival.Number;
        _asleepUntil = arrival.Now + KeptFor(seconds);
        _asleepSince = arrival.Now;
    }

    /// <summary>Server: whether a packet was sent after the one that announced the sleep.</summary>
    public bool IsAwakeBy(ulong number) => number > _asleepNumber;

    /// <summary>Server: time awake goes on.</summary>
    public void Wake(long now) => _session.Epochs.Awake(_asleepSince, now);

    /// <summary>How long a session is kept whose client announces that many seconds, in ms: a tenth and a minute more (PROTOCOL.md 10).</summary>
    public static long KeptFor(uint seconds)
    {
        uint believed = seconds < HeartbeatPayload.LongestSleep ? seconds : HeartbeatPayload.LongestSleep;
        return (long)believed * 1100 + LeastMargin;
    }

    /// <summary>When the sleep or the resume ends the session.</summary>
    public long EndsAt()
    {
        if (_session.State == SessionState.Asleep)
        {
            return _asleepUntil;
        }

        long roundTrips = ResumeRoundTrips * _session.RoundTripTime;
        return _resume.BegunAt < 0 ? long.MaxValue : _resume.BegunAt + (roundTrips < ResumeTime ? ResumeTime : roundTrips);
    }

    /// <summary>Client: lets the copies of RESUME go out, and messages after the first.</summary>
    public void BeginResume(long now)
    {
        _resume.BegunAt = now;
        _resume.NextAt = now;
    }

    /// <summary>Client: a RESUME has gone out, so that messages may.</summary>
    public bool MaySend => _resume.Copies > 0;

    /// <summary>The keys that follow from a RESUME under these; all others are wiped, but for the session_key that it was tagged with.</summary>
    public void Renew(EpochKeys from, byte[] nonce)
    {
        ICryptoCore core = _session.Core;
        byte[] keys = ResumeKeys.Derive(core, nonce, from.SessionKey, from.ClientKey, from.ServerKey, _session.Id);
        EpochKeys next = from.Next(core, from.Epoch + 1, Secret.Slice(keys, 0, 32), keys, 32);
        ForgetResume();
        _resume = new Resumption(from, nonce);
        _session.Epochs.Renew(next);
    }

    public void ForgetResume()
    {
        _resume?.From.Wipe();
        _resume = null;
    }

    /// <summary>Client: when the next copy of RESUME goes out.</summary>
    public long ResumeAt()
    {
        return _resume.BegunAt < 0 || _resume.Copies == ResumeCopies ? long.MaxValue : _resume.NextAt;
    }

    public void SendResume(Datagram datagram, long now)
    {
        PacketSpace space = _session.Space;
        byte[] buffer = datagram.Buffer;
        System.Array.Copy(_resume.Nonce, 0, buffer, Packet.HeaderSize, ResumeKeys.NonceSize);
        Wire.WriteU32(buffer, Packet.HeaderSize + ResumePayload.NextSend, space.NextSend);
        Wire.WriteU32(buffer, Packet.HeaderSize + ResumePayload.LastReceived, (uint)space.Highest);
        _session.Send(datagram, PacketType.Management, ManagementSubtype.Resume, 0, ResumePayload.Size, now);
        _resume.Number[_resume.Copies] = space.LastNumber;
        _resume.SentAt[_resume.Copies++] = now;
        _resume.NextAt = now + _session.Shape.Shorten(ResumeGap << (_resume.Copies - 1));
    }

    /// <summary>Client: the first packet under the new keys; its timestamp, of half a round trip ago, sets the clock.</summary>
    public void Finish(Arrival arrival)
    {
        _session.State = SessionState.Established;
        ulong acknowledged = _session.Space.Own(arrival.Acknowledgment);
        int last = _resume.Copies - 1;
        while (last > 0 && acknowledged < _resume.Number[last])
        {
            last--;
        }

        _session.Time.Set(Packet.Timestamp(arrival.Bytes), arrival.Now - _resume.SentAt[last], arrival.Now);
        _session.Time.AskUntilHeard(_resume.Number[_resume.Copies - 1], arrival.Now);
        _session.Epochs.NoteResumed(arrival.Now);
    }

    /// <summary>Whether a RESUME that was opened is what it says: its next_send, and as a copy its nonce. Another nonce is a snapshot restored a second time.</summary>
    public static bool Fits(Arrival arrival, Sleep sleep)
    {
        return arrival.U32(ResumePayload.NextSend) == (uint)arrival.Number + 1u
            && (!arrival.IsCopy || ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize, sleep._resume.Nonce, 0, ResumeKeys.NonceSize));
    }

    /// <summary>The session's snapshot (PROTOCOL.md 16.1).</summary>
    public static byte[] Save(Session session, uint announced, long now, long utcNow)
    {
        byte[] snapshot = Write(session, now);
        Wire.WriteMs(snapshot, Snapshot.LifetimeMs, announced == 0 ? session.Recovery.SilenceKept : KeptFor(announced));
        Wire.WriteMs(snapshot, Snapshot.OwnUtcMs, utcNow);
        Wire.WriteMs(snapshot, Snapshot.SessionUtcMs, session.UtcNow(now));
        Snapshot.Seal(session.Core, session.Options, snapshot);
        return snapshot;
    }

    /// <summary>All of it that is the session's alone, without a tag.</summary>
    public static byte[] Write(Session session, long now)
    {
        byte[] snapshot = Secret.New(Snapshot.Size);
        snapshot[Snapshot.VersionAt] = Snapshot.Version;
        session.Space.Save(snapshot);
        session.Epochs.Save(snapshot, now);
        session.Path.Save(snapshot);
        session.Delivery.Save(snapshot);
        session.SaveFacts(snapshot);
        return snapshot;
    }

    private sealed class Resumption
    {
        // For copies of RESUME.
        public readonly EpochKeys From;
        public readonly byte[] Nonce;

        // Client: the copies of RESUME, and when the first may go out; before that it is negative.
        public readonly ulong[] Number = new ulong[ResumeCopies];
        public readonly long[] SentAt = new long[ResumeCopies];
        public int Copies;
        public long BegunAt = -1;
        public long NextAt;

        public Resumption(EpochKeys from, byte[] nonce)
        {
            From = new EpochKeys(from.Epoch, Secret.Slice(from.SessionKey, 0, 32), null, null, null);
            Nonce = nonce;
        }
    }
}
