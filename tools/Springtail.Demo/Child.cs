using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Demo;

/// <summary>A process of the demo, with its lines as they come. It ends with the demo at the latest.</summary>
internal sealed class Child : IDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Task[] _readers;

    public Child(IEnumerable<string> command, Action<string> outLine, Action<string> errorLine)
    {
        ProcessStartInfo start = new() { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        bool first = true;
        foreach (string word in command)
        {
            if (first)
            {
                start.FileName = word;
                first = false;
            }
            else
            {
                start.ArgumentList.Add(word);
            }
        }

        _process = Process.Start(start)!;
        _process.StandardInput.AutoFlush = true;
        _readers = [Read(_process.StandardOutput, outLine), Read(_process.StandardError, errorLine)];
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public void WriteLine(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>Asks it to end, as Ctrl+C would.</summary>
    public void Terminate()
    {
        if (!_process.HasExited)
        {
            _ = kill(_process.Id, SigTerm);
        }
    }

    /// <summary>Waits for its end and all its lines; returns its exit code, or null when it did not end in time.</summary>
    public int? Wait(TimeSpan time)
    {
        if (!_process.WaitForExit(time))
        {
            return null;
        }

        Task.WaitAll(_readers, time);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static Task Read(System.IO.StreamReader stream, Action<string> line) => Task.Factory.StartNew(
        () =>
        {
            while (stream.ReadLine() is { } text)
            {
                line(text);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int kill(int process, int signal);
}
