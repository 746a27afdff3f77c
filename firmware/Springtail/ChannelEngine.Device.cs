namespace Springtail;

// What a device does differently from a desktop, which leaves this file out.
internal partial class ChannelEngine
{
    // Waits are cut to this, since an application may give the peer an earlier deadline meanwhile, in ms.
    private const int LongestWait = 20;
}
