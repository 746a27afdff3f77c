using System;

namespace Springtail;

/// <summary>What went wrong with a channel, with its code of PROTOCOL.md 19.</summary>
public sealed class SpringtailException : Exception
{
    public SpringtailException(int code, string message)
        : base(message)
    {
        Code = code;
    }

    /// <summary>One of <see cref="Packets.ErrorCode"/>.</summary>
    public int Code { get; }
}
