#nullable disable
using Springtail.Sessions;
using Springtail.Transfer;

namespace NFUnitTest;

/// <summary>Runs one side of a file transfer over a session, as far as it goes without waiting.</summary>
internal sealed class SessionTransfer
{
    private readonly Session _session;
    private readonly TransferSide _side;
    private readonly byte[] _outgoing;
    private readonly byte[] _incoming;
    private int _sent;

    /// <param name="session">The session.</param>
    /// <param name="side">One side of the transfer.</param>
    /// <param name="incoming">Room for a message that comes in, during a call.</param>
    public SessionTransfer(Session session, TransferSide side, byte[] incoming)
    {
        _session = session;
        _side = side;
        _outgoing = new byte[incoming.Length];
        _incoming = incoming;
    }

    public bool IsOver => _side.IsOver && !_session.InMessage;

    public void Work(long now)
    {
        bool goesOn = true;
        while (goesOn && _session.State != SessionState.Ended)
        {
            goesOn = Send(now) | Receive(now);
        }
    }

    private bool Send(long now)
    {
        if (_session.InMessage)
        {
            _sent += _session.AppendMessage(_outgoing, _sent, now);
            return false;
        }

        int size = _session.SendRoom > 0 && _session.CanSend ? _side.Poll(_outgoing) : TransferSide.Waits;
        if (size > 0)
        {
            _session.BeginMessage(size, true);
            _sent = _session.AppendMessage(_outgoing, 0, now);
        }

        return size >= 0;
    }

    private bool Receive(long now)
    {
        if (!_side.TakesMessages || _session.NextMessageSize < 0)
        {
            return false;
        }

        int size = _session.TakeMessage(_incoming, 0, now);
        _side.Receive(_incoming, size);
        return true;
    }
}
