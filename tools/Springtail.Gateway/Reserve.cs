using System;
using System.IO;
using System.Security.Cryptography;

namespace Springtail.Gateway;

/// <summary>
/// Room on the disk that is kept for deletions: a file beside the store, of bytes that are there. SQLite writes what it deletes into its log first, so that a
/// disk without any room keeps everything. When that comes, the file is given up, and taken anew once there is room. The store grows only while it is held:
/// so what it is given up for never runs short of it.
/// </summary>
internal sealed class Reserve
{
    // In bytes; a smaller limit, and an eighth of a small disk, are as much as is taken.
    private const long Largest = 8 << 20;

    private readonly string _path;

    /// <param name="path">Its file.</param>
    /// <param name="limit">The store's limit, in bytes.</param>
    public Reserve(string path, long limit)
    {
        _path = Path.GetFullPath(path);
        Size = Math.Min(Math.Min(Largest, limit), Disk(d => d.TotalSize) / 8);
    }

    /// <summary>How much it is, in bytes.</summary>
    public long Size { get; }

    /// <summary>It is on the disk.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>Takes it; false when there is no room for it and a little more.</summary>
    public bool TryTake()
    {
        try
        {
            // One that was killed while it wrote has left a shorter one.
            if (new FileInfo(_path) is not { Exists: true } file || file.Length != Size)
            {
                File.Delete(_path);

                // Deletions alone take a little of what was given up: that is not yet room.
                if (Disk(d => d.AvailableFreeSpace) < Size + Size / 8)
                {
                    return false;
                }

                Write();
            }

            IsHeld = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            GiveUp();
        }

        return IsHeld;
    }

    /// <summary>Gives it up; false when there was none.</summary>
    public bool GiveUp()
    {
        IsHeld = false;
        try
        {
            bool was = File.Exists(_path);
            File.Delete(_path);
            return was;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Bytes that no file system makes smaller.
    private void Write()
    {
        byte[] some = new byte[64 << 10];
        using FileStream file = PrivateFiles.Open(_path, FileMode.Create, FileAccess.Write);
        for (long left = Size; left > 0; left -= some.Length)
        {
            RandomNumberGenerator.Fill(some);
            file.Write(some, 0, (int)Math.Min(left, some.Length));
        }

        file.Flush(flushToDisk: true);
    }

    // As much as can be where the system does not say.
    private long Disk(Func<DriveInfo, long> ask)
    {
        try
        {
            return ask(new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(_path)! : Path.GetDirectoryName(_path)!));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;
        }
    }
}
