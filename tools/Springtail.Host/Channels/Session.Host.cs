using Springtail.Delivery;

namespace Springtail.Sessions;

// On the desktop a session tells its channel when something may have changed, so that the channel need not poll it.
internal sealed partial class Session
{
    /// <summary>The channel that is told; null before the application has one.</summary>
    internal Channel Channel { get; set; }

    /// <summary>How many packets of messages wait to be sent or acknowledged at most.</summary>
    internal int SendBuffers => Options.SendBuffers;

    partial void Touched() => Channel?.Touched();

    /// <summary>A receiver has only to wait for the next packet: the session is established, and has neither a message nor anything else to tell.</summary>
    internal bool HasNothingToTell => State == SessionState.Established && !IsRenewed && NextMessageSize < 0;

    /// <summary>The inbox of the reliable message that is taken next, where the application is to say that it has received it; null otherwise.</summary>
    internal Inbox ToConfirm => Options.ManualAcknowledgment && NextMessageIsReliable && !IsRenewed ? Delivery.Inbox : null;

    /// <summary>The application holds as many messages that it has not said to have received as may come before their turn, or the listener is about to end: it gets no more.</summary>
    internal bool HoldsEnough
    {
        get
        {
            if (!Options.ManualAcknowledgment || IsOver || IsRenewed)
            {
                return false;
            }

            Inbox inbox = Delivery.Inbox;
            return _isBeingKept || inbox.NextMessage - inbox.Done >= (uint)Options.ReceiveAhead;
        }
    }

    /// <summary>The application has received this message of an inbox and those before it.</summary>
    internal void Confirm(Inbox inbox, uint messageId, long now)
    {
        // No caller waits for messages of a session before this one that the peer did not know.
        if (IsOver || Delivery.Inbox != inbox)
        {
            return;
        }

        Delivery.Confirm(messageId, now);
        LookAgain(now);
    }

    partial void Made(Inbox inbox) => inbox.ByHand = Options.ManualAcknowledgment;
}
