#nullable enable
using System;
using Springtail.Delivery;

namespace Springtail;

/// <summary>A message that was received.</summary>
public sealed class ChannelMessage
{
    private readonly Channel? _channel;
    private readonly Inbox? _inbox;
    private readonly uint _id;

    internal ChannelMessage(Channel channel, Inbox inbox, uint id, byte[] data)
        : this(data, true, false)
    {
        _channel = channel;
        _inbox = inbox;
        _id = id;
    }

    internal ChannelMessage(byte[] data, bool isReliable, bool isFirstOfRenewed)
    {
        Data = data;
        IsReliable = isReliable;
        IsFirstOfRenewed = isFirstOfRenewed;
    }

    /// <summary>Its bytes, in memory that the receiver owns.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the peer repeated it until it was acknowledged; otherwise it was sent once.</summary>
    public bool IsReliable { get; }

    /// <summary>
    /// Tells the peer that the application has received this message, and those that the channel returned before it. Has an effect with
    /// <see cref="ChannelOptions.ManualAcknowledgment"/> only, and neither for a message that was sent once nor after the session has ended.
    /// May be called from any thread.
    /// </summary>
    public void Acknowledge() => _channel?.Acknowledge(_inbox!, _id);

    /// <summary>
    /// True when, between the message before and this one, the channel went on with a new session, or with new keys after an emergency (PROTOCOL.md 14): of the
    /// messages that were under way then some may be missing. Only <see cref="Channel.ReceiveAllAsync"/> sets it; <see cref="Channel.ReceiveAsync"/> returns it as a result.
    /// </summary>
    public bool IsFirstOfRenewed { get; internal set; }
}
