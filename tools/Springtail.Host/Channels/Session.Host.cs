namespace Springtail.Sessions;

// On the desktop a session tells its channel when something may have changed, so that nobody has to look again and again.
internal sealed partial class Session
{
    /// <summary>The channel that is told; null before the application has one.</summary>
    internal Channel Channel { get; set; }

    /// <summary>How many packets of messages wait to be sent or acknowledged at most.</summary>
    internal int SendBuffers => Options.SendBuffers;

    partial void Touched() => Channel?.Touched();

    // Null unless the application says itself what it has received.
    private Receipts _receipts;

    /// <summary>message_id of the reliable message that is taken next, where the application is to say that it has received it; null otherwise.</summary>
    internal uint? ToConfirm => Options.ManualAcknowledgment && NextMessageIsReliable && !IsRenewed ? Delivery.Inbox.NextMessage : null;

    /// <summary>The application holds as many messages that it has not said to have received as may come before their turn: it gets no more.</summary>
    internal bool HoldsEnough =>
        _receipts != null && !IsOver && !IsRenewed && Delivery.Inbox.NextMessage - _receipts.Confirmed >= (uint)Options.ReceiveAhead;

    /// <summary>The application has received this message and those before it: they are acknowledged, in as many ACKs as <see cref="ConfirmNext"/> is true.</summary>
    internal void Confirm(uint messageId) => _receipts?.Confirm(messageId);

    /// <summary>Has an ACK due for what is confirmed; false when there is nothing more to tell.</summary>
    internal bool ConfirmNext(long now)
    {
        if (State == SessionState.Ended || _receipts == null || !_receipts.TellNext())
        {
            return false;
        }

        Delivery.AcknowledgeNow(now);
        UpdateDeadline(now);
        return true;
    }

    partial void Accepting(Arrival arrival)
    {
        if (Options.ManualAcknowledgment)
        {
            _receipts = _receipts ?? new Receipts(Space, Delivery.Inbox);
            _receipts.Receive(arrival);
        }
    }
}
