using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Springtail.Peer.Bench;

/// <summary>What a measurement needs beside itself, a folder for large files and processes: all of it is gone afterwards, also when a signal ends the measurement.</summary>
internal sealed class Workplace : IDisposable
{
    // As by its user's wish (ExitCode.Interrupted).
    private const int Interrupted = 130;

    // A process that was just ended, or a thread of this one, may still write there.
    private const int Attempts = 5;
    private const int Pause = 50;

    private readonly PosixSignalRegistration[] _signals;
    private readonly List<Process> _processes = [];

    public Workplace()
    {
        Folder = Directory.CreateTempSubdirectory("springtail-bench-").FullName;
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, End),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, End),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, End),
        ];
    }

    public string Folder { get; }

    /// <summary>Has a process end with this place.</summary>
    public Process Own(Process process)
    {
        lock (_processes)
        {
            _processes.Add(process);
        }

        return process;
    }

    public void Dispose()
    {
        Array.ForEach(_signals, s => s.Dispose());
        CleanUp();
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        CleanUp();
        Environment.Exit(Interrupted);
    }

    private void CleanUp()
    {
        lock (_processes)
        {
            _processes.ForEach(Kill);
        }

        for (int i = 0; i < Attempts; i++)
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
                return;
            }
            catch (DirectoryNotFoundException)
            {
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(Pause);
            }
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended, and whoever started it has let go of it.
        }
    }
}
