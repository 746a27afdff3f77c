using System;

namespace Springtail;

/// <summary>What went wrong with a channel, with its code of PROTOCOL.md 19.</summary>
public sealed class SpringtailException : Exception
{
    /// <param name="code">One of <see cref="Packets.ErrorCode"/>.</param>
    /// <param name="message">What went wrong and, where that can be told, what to do.</param>
    public SpringtailException(int code, string message)
        : base(message)
    {
        Code = code;
    }

    /// <summary>One of <see cref="Packets.ErrorCode"/>.</summary>
    public int Code { get; }
}
