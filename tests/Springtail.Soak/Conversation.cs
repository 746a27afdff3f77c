using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Soak;

/// <summary>What the applications of both ends of a session have said to each other.</summary>
internal sealed class Conversation
{
    public Conversation(ulong sessionId)
    {
        Up = new Direction(sessionId * 2);
        Down = new Direction(sessionId * 2 + 1);
    }

    /// <summary>From the client.</summary>
    public Direction Up { get; }

    /// <summary>From the server.</summary>
    public Direction Down { get; }
}

/// <summary>The messages of one direction: their content follows from their number, and each reliable one is due once and in its turn.</summary>
internal sealed class Direction
{
    private readonly ulong _salt;
    private readonly List<int> _sizes = new();
    private readonly List<int> _looseSizes = new();
    private readonly HashSet<uint> _looseTaken = new();
    private readonly HashSet<(int Number, int Size)> _unsaid = new();
    private bool _refused;

    public Direction(ulong salt)
    {
        _salt = salt;
    }

    /// <summary>Reliable messages that were begun, and those that the receiver's application has.</summary>
    public int Begun => _sizes.Count;

    public int Taken { get; private set; }

    /// <summary>It works again once a message with this number or a later one has arrived.</summary>
    public int Mark { get; set; }

    public bool Works => Taken > Mark;

    /// <summary>The receiving end, when it is there.</summary>
    public Talk? Receiver { get; set; }

    public byte[] Next(int size, bool reliable)
    {
        List<int> sizes = reliable ? _sizes : _looseSizes;
        size = Math.Max(size, 4);
        sizes.Add(size);
        return Content(sizes.Count - 1, size, reliable);
    }

    /// <summary>
    /// The sender is as it was when it had begun so many: what came after was said by one who is gone. It may still arrive, if the receiver hears
    /// that one's RESUME first; then it takes nothing from the one who is there now, who learns that when the session ends.
    /// </summary>
    public void GoBack(int begun)
    {
        int kept = Math.Max(begun, Taken);
        if (kept < _sizes.Count)
        {
            for (int i = kept; i < _sizes.Count; i++)
            {
                _unsaid.Add((i, _sizes[i]));
            }

            _sizes.RemoveRange(kept, _sizes.Count - kept);
        }

        Mark = Math.Min(Mark, kept);
    }

    public void Take(byte[] message, bool reliable)
    {
        if (message.Length < 4)
        {
            throw new Violation(Invariant.Delivery, $"a message of {message.Length} bytes that nobody sent");
        }

        if (!reliable)
        {
            uint number = BinaryPrimitives.ReadUInt32LittleEndian(message);
            if (number >= _looseSizes.Count || !message.AsSpan().SequenceEqual(Content((int)number, _looseSizes[(int)number], false)))
            {
                throw new Violation(Invariant.Delivery, $"fire-and-forget message {number} of {_looseSizes.Count} is not what was sent");
            }

            if (!_looseTaken.Add(number))
            {
                throw new Violation(Invariant.Once, $"fire-and-forget message {number} arrived twice");
            }

            return;
        }

        bool due = !_refused && Taken < _sizes.Count && message.AsSpan().SequenceEqual(Content(Taken, _sizes[Taken], true));
        if (!due && !IsUnsaid(message))
        {
            uint number = BinaryPrimitives.ReadUInt32LittleEndian(message);
            throw new Violation(Invariant.Delivery, $"message {Taken} of {_sizes.Count} was due and {number} came");
        }

        _refused |= !due;
        Taken++;
    }

    private bool IsUnsaid(byte[] message)
    {
        return _unsaid.Contains((Taken, message.Length)) && message.AsSpan().SequenceEqual(Content(Taken, message.Length, true));
    }

    private byte[] Content(int number, int size, bool reliable)
    {
        byte[] content = new byte[size];
        ulong state = _salt ^ ((ulong)number << 1) ^ (reliable ? 0x9E3779B97F4A7C15ul : 0xC2B2AE3D27D4EB4Ful) | 1;
        for (int i = 0; i < size; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            content[i] = (byte)(state >> 32);
        }

        BinaryPrimitives.WriteInt32LittleEndian(content, number);
        return content;
    }
}

/// <summary>The application at one end of a session.</summary>
internal sealed class Talk
{
    private readonly Scenario _scenario;
    private readonly Run _run;
    private readonly MemoryTransport _host;
    private readonly Direction _in;
    private readonly int _lostBefore;
    private Direction? _earlier;
    private bool _marked = true;
    private byte[]? _message;
    private int _given;

    public Talk(Run run, Scenario scenario, MemoryTransport host, Session session, Conversation conversation)
    {
        _scenario = scenario;
        _run = run;
        _host = host;
        Session = session;
        Out = session.IsServer ? conversation.Down : conversation.Up;
        _in = session.IsServer ? conversation.Up : conversation.Down;
        _in.Receiver = this;
        NextAt = run.Net.Now;
        _lostBefore = session.LostMessages;
    }

    public Session Session { get; }

    public Direction Out { get; }

    public bool Works => Session.State == SessionState.Established && Out.Works && _in.Works;

    /// <summary>The session has taken the place of another, whose last messages it gives first.</summary>
    public void Follows(Talk before) => _earlier = before._earlier ?? before._in;

    /// <summary>When it has something to say, in network time.</summary>
    public long NextAt { get; set; }

    /// <summary>It does not look at what came.</summary>
    public bool Away { get; set; }

    public bool Silent { get; set; }

    /// <summary>From now on messages must arrive.</summary>
    public void Mark()
    {
        Out.Mark = Out.Begun;
        _marked = true;
        NextAt = _run.Net.Now;
    }

    public void Work()
    {
        if (!Away)
        {
            Read();
        }

        long now = _run.Net.Now;

        // A burst now and then, else one message.
        while (_message == null && !Silent && now >= NextAt && Session.CanSend)
        {
            bool reliable = _run.Random.Next(5) != 0 || _marked;
            _marked &= !reliable;
            _run.Figures.Said++;
            _message = Out.Next(_run.Random.Next(_scenario.MessageSize + 1), reliable);
            _given = 0;
            Session.BeginMessage(_message.Length, reliable);
            NextAt = _run.Random.Next(10) == 0 ? now : now + 1 + _run.Random.Next(2 * _scenario.MessagePause);
            Give();
        }

        Give();
    }

    /// <summary>Takes all that has come.</summary>
    public void Read()
    {
        while (true)
        {
            if (_earlier != null && Session.TakeRenewal())
            {
                _earlier = null;
            }

            int size = Session.NextMessageSize;
            if (size < 0)
            {
                return;
            }

            bool reliable = Session.NextMessageIsReliable;
            byte[] message = new byte[size];
            if (Session.TakeMessage(message, 0, _host.Now) != size)
            {
                throw new Violation(Invariant.Delivery, "a message had another size when it was taken");
            }

            (_earlier ?? _in).Take(message, reliable);
            _run.Figures.Messages++;
        }
    }

    /// <summary>The session has ended, and said how many of the last messages may not have arrived: all others have.</summary>
    public void Ended()
    {
        Out.Receiver?.Read();
        int sure = Out.Begun - (Session.LostMessages - _lostBefore);
        if (Out.Taken < sure)
        {
            throw new Violation(Invariant.Delivery, $"of {Out.Begun} messages {Out.Taken} arrived, and the sender was told that {Session.LostMessages} may not have");
        }
    }

    public string Describe()
    {
        return $"{Session.Id:x4} {Session.State} epoch {Session.Epoch}, {Out.Taken} of {Out.Begun} messages arrived, due from {Out.Mark}, all acknowledged {Session.AllAcknowledged}, window {Session.Window}, clock {Session.UtcNow(_host.Now) - _run.Net.Now - 1792671000000}, rtt {Session.RoundTripTime}, next in {NextAt - _run.Net.Now} ms";
    }

    private void Give()
    {
        if (_message == null)
        {
            return;
        }

        if (Session.InMessage || _given == 0)
        {
            _given += Session.State is SessionState.Ended ? 0 : Session.AppendMessage(_message, _given, _host.Now);
        }

        if (!Session.InMessage || Session.State is SessionState.Ended)
        {
            _message = null;
        }
    }
}
