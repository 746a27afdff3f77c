namespace Springtail.Sessions;

// What a device does differently from a desktop, which leaves this file out.
internal sealed partial class Session
{
    // A new that finds no room in one piece is not survived (firmware 1.17).
    static partial void Compact()
    {
        nanoFramework.Runtime.Native.GC.Run(true);
    }
}
