using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Soak;

/// <summary>What the applications of both ends of a session, and of those that continue it, have said to each other.</summary>
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

/// <summary>A message: its content follows from who said it, its number and its size.</summary>
internal readonly record struct Message(ulong Salt, int Number, int Size)
{
    public bool Is(byte[] content) => content.AsSpan().SequenceEqual(Content());

    public byte[] Content()
    {
        byte[] content = new byte[Size];
        ulong state = Salt ^ ((ulong)Number << 1) | 1;
        for (int i = 0; i < Size; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            content[i] = (byte)(state >> 32);
        }

        BinaryPrimitives.WriteInt32LittleEndian(content, Number);
        return content;
    }
}

/// <summary>The fire-and-forget messages of one sender, also over sessions that do not continue each other: none arrives twice.</summary>
internal sealed class Loose
{
    private readonly ulong _salt;
    private readonly List<Message> _messages = new();
    private readonly HashSet<uint> _taken = new();

    public Loose(ulong salt)
    {
        _salt = salt ^ 0xC2B2AE3D27D4EB4Ful;
    }

    public byte[] Next(int size)
    {
        _messages.Add(new Message(_salt, _messages.Count, size));
        return _messages[^1].Content();
    }

    public void Take(byte[] message)
    {
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(message);
        if (number >= _messages.Count || !_messages[(int)number].Is(message))
        {
            throw new Violation(Invariant.Delivery, $"fire-and-forget message {number} of {_messages.Count} is not what was sent");
        }

        if (!_taken.Add(number))
        {
            throw new Violation(Invariant.Once, $"fire-and-forget message {number} arrived twice");
        }
    }
}

/// <summary>The messages of one direction: each reliable one is due once and in its turn.</summary>
internal sealed class Direction
{
    private readonly ulong _salt;
    private readonly List<Message> _messages = new();
    private readonly HashSet<(int Place, Message Message)> _unsaid = new();
    private Loose _loose;
    private int _mark;
    private int _takenAtMark;
    private bool _refused;

    public Direction(ulong salt)
    {
        _salt = salt ^ 0x9E3779B97F4A7C15ul;
        _loose = new Loose(salt);
    }

    /// <summary>Reliable messages that were begun, and those that the receiver's application has.</summary>
    public int Begun => _messages.Count;

    public int Taken { get; private set; }

    /// <summary>It works again once a message with this number or a later one has arrived.</summary>
    public int Mark
    {
        get => _mark;
        set
        {
            _mark = value;
            _takenAtMark = Taken;
        }
    }

    public bool Works => Taken > Mark;

    /// <summary>Something has arrived since the mark was set.</summary>
    public bool Moves => Taken > _takenAtMark;

    /// <summary>The receiving end, when it is there.</summary>
    public Talk? Receiver { get; set; }

    public byte[] Next(int size, bool reliable)
    {
        size = Math.Max(size, 4);
        if (!reliable)
        {
            return _loose.Next(size);
        }

        _messages.Add(new Message(_salt, _messages.Count, size));
        return _messages[^1].Content();
    }

    /// <summary>
    /// The sender goes on here, where the receiver knows nothing of what it said before: it says the last <paramref name="again"/> messages once more,
    /// and the <paramref name="lost"/> before them cannot be. All others have arrived; of those that are said again some may have.
    /// </summary>
    public void Follow(Direction earlier, int again, int lost)
    {
        earlier.Receiver?.Read();
        int first = earlier.Begun - again;
        if (first < 0 || Begun != 0 || earlier.Taken < first - lost)
        {
            throw new Violation(Invariant.Delivery, $"of {earlier.Begun} messages {earlier.Taken} arrived, {again} are sent again, and the sender was told that {lost} are lost");
        }

        _messages.AddRange(earlier._messages.GetRange(first, again));
        _loose = earlier._loose;
        Mark = again;
    }

    /// <summary>
    /// The sender is as it was when it had begun so many: what came after was said by one who is gone. It may still arrive, if the receiver hears
    /// that one's RESUME first; then it takes nothing from the one who is there now, who learns that when the session ends.
    /// </summary>
    public void GoBack(int begun)
    {
        int kept = Math.Max(begun, Taken);
        if (kept < _messages.Count)
        {
            for (int i = kept; i < _messages.Count; i++)
            {
                _unsaid.Add((i, _messages[i]));
            }

            _messages.RemoveRange(kept, _messages.Count - kept);
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
            _loose.Take(message);
            return;
        }

        bool due = !_refused && Taken < _messages.Count && _messages[Taken].Is(message);
        if (!due && !IsUnsaid(message))
        {
            uint number = BinaryPrimitives.ReadUInt32LittleEndian(message);
            throw new Violation(Invariant.Delivery, $"message {Taken} of {_messages.Count} was due and {number} came");
        }

        _refused |= !due;
        Taken++;
    }

    private bool IsUnsaid(byte[] message)
    {
        foreach ((int place, Message unsaid) in _unsaid)
        {
            if (place == Taken && unsaid.Is(message))
            {
                return true;
            }
        }

        return false;
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
        Conversation = conversation;
        Out = session.IsServer ? conversation.Down : conversation.Up;
        _in = session.IsServer ? conversation.Up : conversation.Down;
        _in.Receiver = this;
        NextAt = run.Net.Now;
        _lostBefore = session.LostMessages;
    }

    public Session Session { get; }

    public Conversation Conversation { get; }

    public Direction Out { get; }

    public bool Works => Session.State == SessionState.Established && Out.Works && _in.Works;

    /// <summary>What waited goes both ways again.</summary>
    public bool Moves => Session.State == SessionState.Established && Out.Moves && _in.Moves;

    /// <summary>
    /// The session has taken the place of another. Where it continues that one, nothing else is new for the application; otherwise it gives that one's
    /// last messages first, and sends again what may not have arrived.
    /// </summary>
    public void Follows(Talk before)
    {
        Silent = before.Silent;
        Away = before.Away;
        _message = before._message;
        _given = before._given;
        if (Session.IsContinued)
        {
            _earlier = before._earlier;
        }
        else
        {
            // A saved session that had no answer has received nothing since, and its application is told so in another way.
            before._in.Receiver = null;
            _earlier = before.Session.EndCode == ErrorCode.Replaced ? before._earlier ?? before._in : null;
            _in.Receiver = this;
            Out.Follow(before.Out, (int)Session.Delivery.ReliableMessages, Session.LostMessages - before.Session.LostMessages);
        }

        if (_earlier != null)
        {
            _earlier.Receiver = this;
        }
    }

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
            if (Session.TakeRenewal())
            {
                if (_earlier == null)
                {
                    throw new Violation(Invariant.Delivery, "a session that continues another, or follows none, says that messages may come twice");
                }

                _earlier.Receiver = null;
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

    /// <summary>The session has ended, none follows it, and it said how many of the last messages may not have arrived: all others have.</summary>
    public void Ended()
    {
        Out.Receiver?.Read();
        int sure = Out.Begun - (Session.LostMessages - _lostBefore);

        // What the server had received, and kept for the one after it, is lost where nobody comes back for it in time (PROTOCOL.md 14.2).
        int received = Out.Receiver is { Session.IsKeptForNext: true } kept ? (int)kept.Session.Delivery.Inbox.Done : 0;
        if (Math.Max(Out.Taken, received) < sure)
        {
            throw new Violation(Invariant.Delivery, $"of {Out.Begun} messages {Out.Taken} arrived, and the sender was told that {Session.LostMessages} may not have");
        }
    }

    public string Describe()
    {
        return $"{Session.Id:x4} {Session.State} epoch {Session.Epoch}, {Out.Taken} of {Out.Begun} messages arrived, due from {Out.Mark}, all acknowledged {Session.AllAcknowledged}, window {Session.Window}, clock {Session.UtcNow(_host.Now) - _run.Net.Now - 1792671000000}, rtt {Session.RoundTripTime}, next in {NextAt - _run.Net.Now} ms";
    }

    // What a session that has ended did not take in goes on in the one that follows it.
    private void Give()
    {
        if (_message == null || Session.State == SessionState.Ended)
        {
            return;
        }

        if (Session.InMessage || _given == 0)
        {
            _given += Session.AppendMessage(_message, _given, _host.Now);
        }

        if (!Session.InMessage)
        {
            _message = null;
        }
    }
}
