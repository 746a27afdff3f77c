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

    /// <summary>Its bytes, which are nobody else's.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the peer repeated it until it was acknowledged; otherwise it was sent once.</summary>
    public bool IsReliable { get; }

    /// <summary>
    /// The application has received this message, and those that the channel gave before it: the peer is told. With
    /// <see cref="ChannelOptions.ManualAcknowledgment"/> only; without it, and for a message that was sent once, it does nothing, nor once the session has ended.
    /// From any thread.
    /// </summary>
    public void Acknowledge() => _channel?.Acknowledge(_inbox!, _id);

    /// <summary>
    /// Since the message before it the channel has gone on with a new session, or with new keys after an emergency (PROTOCOL.md 14): of the messages
    /// that were under way then some may be missing. Only <see cref="Channel.ReceiveAllAsync"/> sets it; <see cref="Channel.ReceiveAsync"/> tells in its result.
    /// </summary>
    public bool IsFirstOfRenewed { get; internal set; }
}
