using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>A disk of a few MiB at a folder: a file system in memory, which only root may make.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    public SmallDisk(string folder, string size)
    {
        _folder = folder;
        Assert.True(Run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder), "It could not be mounted.");
    }

    /// <summary>Whether there can be one here.</summary>
    public static bool IsPossible
    {
        get
        {
            if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            {
                return false;
            }

            string folder = Directory.CreateTempSubdirectory("springtail-disk-").FullName;
            bool isMounted = Run("mount", "-t", "tmpfs", "tmpfs", folder);
            if (isMounted)
            {
                Run("umount", folder);
            }

            Directory.Delete(folder);
            return isMounted;
        }
    }

    public void Resize(string size) => Assert.True(Run("mount", "-o", "remount,size=" + size, _folder), "It could not be resized.");

    // What is still open is so until it is closed.
    public void Dispose() => Run("umount", "-l", _folder);

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>Skipped, with a plain word, where there can be no small disk.</summary>
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    /// <param name="isLong">It is a long form.</param>
    public SmallDiskFactAttribute(bool isLong = false)
    {
        Skip = (isLong ? LongForm.LeftOut : null) ?? (SmallDisk.IsPossible ? null : "a full disk needs root, and mount");
    }
}

/// <summary>Skipped, with a plain word, where there can be no small disk.</summary>
internal sealed class SmallDiskTheoryAttribute : TheoryAttribute
{
    public SmallDiskTheoryAttribute()
    {
        if (!SmallDisk.IsPossible)
        {
            Skip = "a full disk needs root, and mount";
        }
    }
}
