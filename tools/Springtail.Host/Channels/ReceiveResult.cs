#nullable enable
using System;

namespace Springtail;

/// <summary>What came of a <see cref="Channel.ReceiveAsync"/>.</summary>
public enum ReceiveOutcome
{
    /// <summary>A message.</summary>
    Message,

    /// <summary>
    /// Returned once when the channel goes on with a new session, or with new keys after an emergency (PROTOCOL.md 14), after all messages from before it:
    /// of those that were under way at that moment, in either direction, some may be missing. <see cref="ChannelStatus.LostMessages"/> says how many of this side's may be.
    /// </summary>
    Renewed,

    /// <summary>The channel has ended, and all messages were taken. <see cref="ChannelStatus.EndReason"/> says why.</summary>
    Ended,
}

/// <summary>What came of a <see cref="Channel.ReceiveAsync"/>.</summary>
public readonly struct ReceiveResult
{
    private readonly ChannelMessage? _message;

    internal ReceiveResult(ChannelMessage message)
    {
        Outcome = ReceiveOutcome.Message;
        _message = message;
    }

    internal ReceiveResult(ReceiveOutcome outcome)
    {
        Outcome = outcome;
        _message = null;
    }

    /// <summary>What it is.</summary>
    public ReceiveOutcome Outcome { get; }

    /// <summary>True when there is a <see cref="Message"/>.</summary>
    public bool HasMessage => _message != null;

    /// <summary>The message.</summary>
    /// <exception cref="InvalidOperationException">The outcome is another.</exception>
    public ChannelMessage Message => _message ?? throw new InvalidOperationException("There is no message: the outcome is " + Outcome + ".");
}
