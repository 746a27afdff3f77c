#nullable enable
using System;
using System.IO;

namespace Springtail;

/// <summary>Files and folders that their owner alone can read, where the system knows such; on Windows a folder's own rights say who can.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a folder, and those above it, where there is none.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else if (!Directory.Exists(path))
        {
            // Those above get the system's rights from a call that makes them too.
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } above)
            {
                MakeFolder(above);
            }

            Directory.CreateDirectory(path, OwnersFile | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Says at once that no file can be made in a folder, where one is to be made later: a system of files may be mounted for reading alone.</summary>
    /// <exception cref="IOException">None can be made.</exception>
    /// <exception cref="UnauthorizedAccessException">None can be made.</exception>
    public static void CheckWritable(string folder)
    {
        // One that a kill leaves there is nobody's, and no transfer takes it along.
        string trial = Path.Combine(folder, Transfer.TransferName.PartialPrefix + Path.GetRandomFileName());
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.DeleteOnClose };
        new FileStream(trial, options).Dispose();
    }

    /// <summary>Opens a file without a buffer; one that is made is its owner's.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share = FileShare.Read)
    {
        FileStreamOptions options = new() { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnersFile;
        }

        return new FileStream(path, options);
    }
}
