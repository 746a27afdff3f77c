using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Tests.Peer;

/// <summary>The springtail command as a process of its own.</summary>
internal sealed class Command : IDisposable
{
    public const int SigHup = 1;
    public const int SigInt = 2;
    public const int SigTerm = 15;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lines _out;
    private readonly Lines _error;

    private Command(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "springtail.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.StandardInput.AutoFlush = true;
        _out = new Lines(_process.StandardOutput);
        _error = new Lines(_process.StandardError);
    }

    /// <summary>All lines of stdout so far.</summary>
    public string[] Out => _out.All;

    /// <summary>All lines of stderr so far.</summary>
    public string[] Error => _error.All;

    public static Command Start(params string[] arguments) => new(arguments);

    /// <summary>Runs it to its end, with nothing on stdin.</summary>
    public static (int Code, string[] Out, string[] Error) Run(params string[] arguments)
    {
        using Command command = new(arguments);
        command.EndInput();
        return (command.Wait(), command.Out, command.Error);
    }

    /// <summary>Runs a command line as it was printed, in a folder, by the shell to which it would be typed.</summary>
    public static (int Code, string Out, string Error) Type(string line, string folder)
    {
        ProcessStartInfo start = new("sh", ["-c", "springtail() { exec dotnet \"$dll\" \"$@\"; }\n" + line])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["dll"] = Path.Combine(AppContext.BaseDirectory, "springtail.dll") },
        };
        using Process shell = Process.Start(start)!;
        shell.StandardInput.Close();
        Task<string> error = shell.StandardError.ReadToEndAsync();
        string text = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, text, error.Result);
    }

    public void WriteLine(string line) => _process.StandardInput.WriteLine(line);

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Waits for a line of stdout that holds a text.</summary>
    public string WaitForOut(string text) => _out.WaitFor(text, this);

    /// <summary>Waits for a line of stderr that holds a text.</summary>
    public string WaitForError(string text) => _error.WaitFor(text, this);

    public void Signal(int signal) => _ = kill(_process.Id, signal);

    /// <summary>Waits for its end; gives its exit code.</summary>
    public int Wait()
    {
        if (!_process.WaitForExit(s_patience))
        {
            throw new TimeoutException("It did not end. " + this);
        }

        _out.WaitForEnd();
        _error.WaitForEnd();
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

    public override string ToString() => "stdout: " + string.Join(" | ", Out) + "  stderr: " + string.Join(" | ", Error);

    [DllImport("libc")]
    private static extern int kill(int process, int signal);

    private sealed class Lines
    {
        private readonly List<string> _lines = [];
        private readonly Task _reader;

        public Lines(StreamReader stream)
        {
            _reader = Task.Factory.StartNew(() => Read(stream), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public string[] All
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public string WaitFor(string text, Command command)
        {
            Stopwatch time = Stopwatch.StartNew();
            while (true)
            {
                bool ended = _reader.IsCompleted;
                if (All.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } line)
                {
                    return line;
                }

                if (ended || time.Elapsed > s_patience)
                {
                    throw new TimeoutException($"\"{text}\" did not come. {command}");
                }

                Thread.Sleep(10);
            }
        }

        public void WaitForEnd() => _reader.Wait(s_patience);

        private void Read(StreamReader stream)
        {
            while (stream.ReadLine() is { } line)
            {
                lock (_lines)
                {
                    _lines.Add(line);
                }
            }
        }
    }
}
