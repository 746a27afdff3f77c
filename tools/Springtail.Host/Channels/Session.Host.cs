namespace Springtail.Sessions;

// On the desktop a session tells its channel when something may have changed, so that nobody has to look again and again.
internal sealed partial class Session
{
    /// <summary>The channel that is told; null before the application has one.</summary>
    internal Channel Channel { get; set; }

    /// <summary>How many packets of messages wait to be sent or acknowledged at most.</summary>
    internal int SendBuffers => Options.SendBuffers;

    partial void Touched() => Channel?.Touched();
}
