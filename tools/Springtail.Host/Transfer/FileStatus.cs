using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace Springtail.Transfer;

/// <summary>What a path stands for.</summary>
internal enum FileKind
{
    None,
    File,
    Folder,
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Special,
}

/// <summary>
/// What the system says of a file. .NET tells neither pipes and devices from files nor one file under two names; Linux does. Elsewhere .NET has to do.
/// </summary>
internal readonly struct FileStatus
{
    private const int PermissionBits = 0x1FF;
    private const int StickyBit = 0x200;
    private const int OthersWriteBits = 0x12;
    private const long NanosecondsPerTick = 100;

    private readonly int _mode;

    // Device and inode; 0 where the system does not say.
    private readonly ulong _device;
    private readonly ulong _inode;

    private FileStatus(FileKind kind, long size, int mode, long time, ulong device, ulong inode)
    {
        Kind = kind;
        Size = size;
        _mode = mode;
        Time = time;
        _device = device;
        _inode = inode;
    }

    public FileKind Kind { get; }

    /// <summary>Bytes as the system has them in its records; some files have more or fewer.</summary>
    public long Size { get; }

    /// <summary>
    /// The nine permission bits; <see cref="FileEntry.Untold"/> where there are none. The sticky bit, which keeps others from each other's files, does not
    /// travel, and without it their right to write would be a wider one: it is not among them then.
    /// </summary>
    public int Mode => _mode < 0 ? FileEntry.Untold : _mode & PermissionBits & ~(IsSticky ? OthersWriteBits : 0);

    /// <summary>A folder as one is made on the way: its owner's alone, and sticky, which tells it from one that was there.</summary>
    public bool IsOnTheWay => _mode >= 0 && (_mode & (PermissionBits | StickyBit)) == (int)SystemFolder.OwnersFolder;

    private bool IsSticky => Kind == FileKind.Folder && (_mode & StickyBit) != 0;

    /// <summary>Last written, in ns since 1970; <see cref="FileEntry.Untold"/> before.</summary>
    public long Time { get; }

    /// <summary>Whether the system tells one file under two names from two files.</summary>
    public bool HasIdentity => _inode != 0;

    public bool IsSameAs(FileStatus other) => HasIdentity && _inode == other._inode && _device == other._device;

    /// <param name="path">Where to look.</param>
    /// <param name="follow">Whether a link stands for what it leads to.</param>
    public static FileStatus Of(string path, bool follow)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return OfLinux(path, follow);
            }
            catch (EntryPointNotFoundException)
            {
                // A C library from before 2018.
            }
        }

        try
        {
            return OfDotNet(path, follow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    /// <summary>Gives a file or folder its permission bits and time, as far as they are told and the system has them.</summary>
    public static void Set(string path, int mode, long time)
    {
        try
        {
            if (mode >= 0 && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, (UnixFileMode)(mode & PermissionBits));
            }

            if (time >= 0 && !SetTime(path, time))
            {
                File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddTicks(time / NanosecondsPerTick));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // A medium without them, as FAT.
        }
    }

    /// <summary>Time of .NET in ns since 1970.</summary>
    public static long Nanoseconds(DateTime utc) => utc < DateTime.UnixEpoch ? FileEntry.Untold : (utc - DateTime.UnixEpoch).Ticks * NanosecondsPerTick;

    private static FileStatus OfDotNet(string path, bool follow)
    {
        FileSystemInfo info = new FileInfo(path);
        if ((int)info.Attributes == -1)
        {
            return default;
        }

        if (follow && info.ResolveLinkTarget(returnFinalTarget: true) is { } target)
        {
            info = target;
        }

        FileKind kind = (info.Attributes & FileAttributes.Directory) != 0 ? FileKind.Folder : FileKind.File;
        kind = info.LinkTarget != null ? FileKind.Link : (info.Attributes & (FileAttributes.ReparsePoint | FileAttributes.Device)) != 0 ? FileKind.Special : kind;
        long size = kind == FileKind.File ? new FileInfo(info.FullName).Length : 0;
        return new FileStatus(kind, size, OperatingSystem.IsWindows() ? FileEntry.Untold : (int)info.UnixFileMode, Nanoseconds(info.LastWriteTimeUtc), 0, 0);
    }

    // struct statx: 256 bytes.
    private static FileStatus OfLinux(string path, bool follow)
    {
        const int currentFolder = -100;
        const int noFollow = 0x100;
        const uint basicStatus = 0x7FF;
        byte[] status = new byte[256];
        if (statx(currentFolder, CString(path), follow ? 0 : noFollow, basicStatus, status) != 0)
        {
            return default;
        }

        int mode = BitConverter.ToUInt16(status, 28);
        FileKind kind = (mode & 0xF000) switch
        {
            0x4000 => FileKind.Folder,
            0x8000 => FileKind.File,
            0xA000 => FileKind.Link,
            _ => FileKind.Special,
        };
        long seconds = BitConverter.ToInt64(status, 112);
        const long mostSeconds = long.MaxValue / 2 / 1_000_000_000;
        long time = seconds is < 0 or >= mostSeconds ? FileEntry.Untold : seconds * 1_000_000_000 + BitConverter.ToUInt32(status, 120);
        return new FileStatus(kind, BitConverter.ToInt64(status, 40), mode, time, BitConverter.ToUInt64(status, 136), BitConverter.ToUInt64(status, 32));
    }

    // To the nanosecond, which .NET does not; false where it has to do.
    private static bool SetTime(string path, long time)
    {
        const int currentFolder = -100;
        const long leaveAsItIs = (1 << 30) - 2;
        return OperatingSystem.IsLinux() && Environment.Is64BitProcess
            && utimensat(currentFolder, CString(path), new[] { 0, leaveAsItIs, time / 1_000_000_000, time % 1_000_000_000 }, 0) == 0;
    }

    private static byte[] CString(string path) => Encoding.UTF8.GetBytes(path + '\0');

#pragma warning disable IDE1006, SA1300 // the C names
    [DllImport("libc")]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, byte[] status);

    [DllImport("libc")]
    private static extern int utimensat(int folder, byte[] path, long[] times, int flags);
#pragma warning restore IDE1006, SA1300
}
