using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Springtail.Peer;

/// <summary>
/// The standard streams that this process was given. One that was closed when it began has a number that the runtime has given to a file or pipe of its own
/// since, which nobody else may read or write: such a stream is as good as the null device.
/// </summary>
internal static class StandardStreams
{
    private const int Input = 0;
    private const int Output = 1;
    private const int Error = 2;

    /// <summary>Whether there is a stdin.</summary>
    public static bool HasInput => IsGiven(Input);

    /// <summary>Whether there is a stdout.</summary>
    public static bool HasOutput => IsGiven(Output);

    /// <summary>Keeps the console, too, off streams that are not there. Called before anything is written.</summary>
    public static void Guard()
    {
        if (!HasOutput)
        {
            Console.SetOut(TextWriter.Null);
        }

        if (!IsGiven(Error))
        {
            Console.SetError(TextWriter.Null);
        }
    }

    public static Stream OpenOutput() => HasOutput ? Console.OpenStandardOutput() : Stream.Null;

    public static Stream OpenError() => IsGiven(Error) ? Console.OpenStandardError() : Stream.Null;

    /// <summary>Writes a last line to stderr, also where a process may open no more files, so that its streams cannot be opened in the usual way; nothing where it cannot be written.</summary>
    public static void WriteLast(string line)
    {
        if (!IsGiven(Error))
        {
            return;
        }

        try
        {
            using FileStream error = new(new SafeFileHandle(Error, ownsHandle: false), FileAccess.Write, 0);
            error.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The exit code tells.
        }
    }

    /// <summary>Puts the null device where a stream was closed, for a program that takes this process's place; the runtime does without its own file then.</summary>
    public static void Complete()
    {
        using SafeFileHandle none = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (int descriptor = Input; descriptor <= Error; descriptor++)
        {
            if (!IsGiven(descriptor))
            {
                _ = dup2((int)none.DangerousGetHandle(), descriptor);
            }
        }
    }

    // What the runtime opens is closed when another program takes the process's place; what was handed to the process was not, or it would not be here.
    private static bool IsGiven(int descriptor)
    {
        const int getFlags = 1;
        const int closeOnExec = 1;
        return OperatingSystem.IsWindows() || fcntl(descriptor, getFlags) is >= 0 and int flags && (flags & closeOnExec) == 0;
    }

#pragma warning disable IDE1006, SA1300 // the C names
    [DllImport("libc")]
    private static extern int fcntl(int descriptor, int command);

    [DllImport("libc")]
    private static extern int dup2(int from, int to);
#pragma warning restore IDE1006, SA1300
}
