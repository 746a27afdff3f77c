namespace Springtail.Sessions;

// The agenda: what a session has to do, the most urgent first, and when. It reads the state and the parts, and changes nothing.
internal sealed partial class Session
{
    private const int Nothing = 0;
    private const int HopItem = 1;
    private const int LifeItem = 2;
    private const int ClosingItem = 3;
    private const int KeysItem = 4;
    private const int RekeyItem = 5;
    private const int TimerItem = 6;
    private const int ExpiryItem = 7;
    private const int SilenceItem = 8;
    private const int RstItem = 9;
    private const int ProbeItem = 10;
    private const int ConfirmItem = 11;
    private const int ResumeItem = 12;
    private const int AnswerItem = 13;
    private const int ChallengeItem = 14;
    private const int RepairItem = 15;
    private const int ExchangeItem = 16;
    private const int TimeAnswerItem = 17;
    private const int TimeRequestItem = 18;
    private const int ErrorItem = 19;
    private const int AckItem = 20;
    private const int DataItem = 21;
    private const int FinItem = 22;
    private const int HeartbeatItem = 23;

    // The most urgent item of the agenda that is due; Nothing, and when there will be one, long.MaxValue for never.
    private int ItemDue(long now, out long next)
    {
        switch (_state)
        {
            case SessionState.Ended:
                next = long.MaxValue;
                return Nothing;
            case SessionState.HalfOpen:
                return HalfOpenItem(now, out next);
            case SessionState.Resuming:
                return ResumingItem(now, out next);
            case SessionState.Asleep:
                return AsleepItem(now, out next);
            default:
                return RunningItem(now, out next);
        }
    }

    private int HalfOpenItem(long now, out long next)
    {
        next = HopAt(now);
        if (next <= now)
        {
            return HopItem;
        }

        if (IsDue(HalfOpenUntil, now, ref next))
        {
            return LifeItem;
        }

        if (IsServer)
        {
            return Nothing;
        }

        if (_confirm.Length != 0 && IsDue(Path.IsAiming ? now : _opening.ConfirmAt, now, ref next))
        {
            return ConfirmItem;
        }

        if (IsDue(Path.ChallengeAt(now), now, ref next))
        {
            return ChallengeItem;
        }

        return _confirm.Length == 0 && IsDue(Epochs.SendAt(now), now, ref next) ? ExchangeItem : Nothing;
    }

    private int ResumingItem(long now, out long next)
    {
        next = HopAt(now);
        if (next <= now)
        {
            return HopItem;
        }

        if (IsDue(_sleep.EndsAt(), now, ref next) || IsDue(Epochs.EndsAt(now), now, ref next))
        {
            return LifeItem;
        }

        if (IsDue(Delivery.TimerAt, now, ref next))
        {
            return TimerItem;
        }

        if (IsDue(Delivery.ExpireAt, now, ref next))
        {
            return ExpiryItem;
        }

        if (IsDue(_sleep.ResumeAt(), now, ref next))
        {
            return ResumeItem;
        }

        return _sleep.MaySend && IsDue(Delivery.DataAt(now), now, ref next) ? DataItem : Nothing;
    }

    private int AsleepItem(long now, out long next)
    {
        next = HopAt(now);
        if (next <= now)
        {
            return HopItem;
        }

        if (IsDue(_sleep.EndsAt(), now, ref next))
        {
            return LifeItem;
        }

        if (IsDue(Epochs.ExpiresAt, now, ref next))
        {
            return KeysItem;
        }

        if (IsDue(Epochs.TurnAt(now), now, ref next))
        {
            return RekeyItem;
        }

        if (_closing != null && _closing.RstDue)
        {
            return RstItem;
        }

        return _heartbeatDue && (!IsHeld || Path.AnswersElsewhere) ? AnswerItem : Nothing;
    }

    // Established, recovering, closing, closed. Written out, since a board goes through it for each packet.
    private int RunningItem(long now, out long next)
    {
        bool talks = _state != SessionState.Closed;
        next = HopAt(now);
        if (next <= now)
        {
            return HopItem;
        }

        long at = Epochs.EndsAt(now);
        if (at <= now)
        {
            return LifeItem;
        }

        next = at < next ? at : next;
        if (_closing != null && IsDue(_closing.At(now), now, ref next))
        {
            return ClosingItem;
        }

        at = Epochs.ExpiresAt;
        if (at <= now)
        {
            return KeysItem;
        }

        next = at < next ? at : next;
        at = Epochs.TurnAt(now);
        if (at <= now)
        {
            return RekeyItem;
        }

        next = at < next ? at : next;
        if (talks)
        {
            at = Delivery.TimerAt;
            if (at <= now)
            {
                return TimerItem;
            }

            next = at < next ? at : next;
            at = Delivery.ExpireAt;
            if (at <= now)
            {
                return ExpiryItem;
            }

            next = at < next ? at : next;
            if (IsOpen && IsDue(Recovery.At, now, ref next))
            {
                return SilenceItem;
            }
        }

        if (_closing != null && _closing.RstDue)
        {
            return RstItem;
        }

        if (IsDue(Path.DecidedAt, now, ref next))
        {
            return ProbeItem;
        }

        // What is held back waits for a packet of the peer's.
        bool isHeld = IsHeld;
        if (_heartbeatDue && (!isHeld || Path.AnswersElsewhere))
        {
            return AnswerItem;
        }

        if (IsDue(Path.ChallengeAt(now), now, ref next))
        {
            return ChallengeItem;
        }

        if (isHeld)
        {
            return Time.HasAnswer && Time.AnswersElsewhere ? TimeAnswerItem : Nothing;
        }

        if (_repair != null && _repair.IsDue)
        {
            return RepairItem;
        }

        if (IsDue(Epochs.SendAt(now), now, ref next))
        {
            return ExchangeItem;
        }

        if (Time.HasAnswer)
        {
            return TimeAnswerItem;
        }

        if (talks && IsDue(Time.AskAt(now), now, ref next))
        {
            return TimeRequestItem;
        }

        if (_closing != null && _closing.ErrorDue)
        {
            return ErrorItem;
        }

        at = Delivery.AckAt;
        if (at <= now)
        {
            return AckItem;
        }

        next = at < next ? at : next;
        if (!talks)
        {
            return Nothing;
        }

        at = Delivery.DataAt(now);
        if (at <= now)
        {
            return DataItem;
        }

        next = at < next ? at : next;
        if (_closing != null && IsDue(_closing.FinAt(now), now, ref next))
        {
            return FinItem;
        }

        at = Earlier(Keepalive == 0 ? long.MaxValue : _heartbeatAt, _sleep == null ? long.MaxValue : _sleep.AnnounceAt);
        if (at <= now)
        {
            return HeartbeatItem;
        }

        next = at < next ? at : next;
        return Nothing;
    }

    private long HopAt(long now) => Path.NextHopAt(UtcNow(now), OneWay, now);

    private static bool IsDue(long at, long now, ref long next)
    {
        next = at < next ? at : next;
        return at <= now;
    }

    // Nothing but answers to elsewhere may go to the peer's address now.
    private bool IsHeld => !Path.Allows(Path.SmallPacket);
}
