using System;
using Springtail.Native;

namespace Springtail.Device;

/// <summary>RTC memory: outlives deep sleep, is gone without power, and wears nothing out. Needs the native module.</summary>
public sealed class RetainedStore : ISnapshotStore
{
    public void Put(byte[] snapshot)
    {
        NativeCrypto.Retain(snapshot);
    }

    public byte[] Take()
    {
        byte[] kept = new byte[NativeCrypto.RetainedSize];
        byte[] snapshot = new byte[NativeCrypto.TakeRetained(kept)];
        Array.Copy(kept, 0, snapshot, 0, snapshot.Length);
        Array.Clear(kept, 0, kept.Length);
        return snapshot.Length == 0 ? null : snapshot;
    }
}
