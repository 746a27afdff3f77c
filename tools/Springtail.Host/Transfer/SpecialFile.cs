using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Springtail.Transfer;

/// <summary>Pipes, sockets and devices: what has a name like a file and is none. .NET does not tell them apart.</summary>
internal static class SpecialFile
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint TypeWanted = 1;

    // struct statx: 256 bytes; u16 mode, with the type in its highest bits.
    private const int Size = 256;
    private const int Mode = 28;
    private const int TypeMask = 0xF000;
    private const int Folder = 0x4000;
    private const int File = 0x8000;
    private const int Link = 0xA000;

    /// <summary>True when something of that name is there and is neither file, folder nor link; only Linux says so.</summary>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            byte[] status = new byte[Size];
            return statx(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), NoFollow, TypeWanted, status) == 0
                && (BitConverter.ToUInt16(status, Mode) & TypeMask) is not (File or Folder or Link);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return false;
        }
    }

#pragma warning disable IDE1006, SA1300 // the C name
    [DllImport("libc")]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, byte[] status);
#pragma warning restore IDE1006, SA1300
}
