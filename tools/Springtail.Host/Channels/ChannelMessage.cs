#nullable enable
using System;

namespace Springtail;

/// <summary>A message that was received.</summary>
public sealed class ChannelMessage
{
    internal ChannelMessage(byte[] data, bool isReliable, bool isFirstOfRenewed)
    {
        Data = data;
        IsReliable = isReliable;
        IsFirstOfRenewed = isFirstOfRenewed;
    }

    /// <summary>Its bytes, which are nobody else's.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the peer repeated it until it was acknowledged; else it was sent once.</summary>
    public bool IsReliable { get; }

    /// <summary>
    /// Since the message before it the channel has gone on with a new session, or with new keys after an emergency (PROTOCOL.md 14): of the messages
    /// that were under way then some may be missing. Only <see cref="Channel.ReceiveAllAsync"/> sets it; <see cref="Channel.ReceiveAsync"/> tells in its result.
    /// </summary>
    public bool IsFirstOfRenewed { get; internal set; }
}
