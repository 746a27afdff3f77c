using System.IO;

namespace Springtail.Device;

/// <summary>A file on the board's storage, for firmware without the native module. Flash may keep what was erased, and wears out: README.md.</summary>
public sealed class FileStore : ISnapshotStore
{
    private const string Path = "I:\\springtail\\session";
    private const int LargestSnapshot = 512;

    public void Put(byte[] snapshot)
    {
        File.WriteAllBytes(Path, snapshot);
    }

    public byte[] Take()
    {
        byte[] snapshot = BoardFile.Read(Path, LargestSnapshot);
        if (snapshot != null)
        {
            File.WriteAllBytes(Path, new byte[snapshot.Length]);
            File.Delete(Path);
        }

        return snapshot;
    }
}
