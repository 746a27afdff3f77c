namespace Springtail;

// What a device does differently from a desktop, which leaves this file out: a thread that waits looks at its session whenever the engine has done something.
public sealed partial class Channel
{
    /// <summary>The application is about to have it.</summary>
    internal void Begin(ChannelOptions options)
    {
    }

    private void Wait(long timeout) => _engine.Wait(timeout);
}
