using System;

namespace Springtail.Peer;

/// <summary>Ends the command: a sentence for its user that says what is wrong and what to do, and the exit code.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
