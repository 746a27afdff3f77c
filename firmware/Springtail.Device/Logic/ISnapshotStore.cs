#nullable disable
namespace Springtail.Device;

/// <summary>Where a saved session waits for the device to wake. It holds the session's keys.</summary>
public interface ISnapshotStore
{
    /// <summary>Keeps a snapshot in place of the last one.</summary>
    void Put(byte[] snapshot);

    /// <summary>Returns the snapshot and erases it; null when there is none.</summary>
    byte[] Take();
}
