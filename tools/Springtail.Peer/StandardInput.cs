using System;
using System.Collections.Concurrent;
using System.IO;
using System.Text;
using System.Threading;
using Springtail.Packets;

namespace Springtail.Peer;

/// <summary>
/// Reads stdin line by line on a thread of its own. A line is its bytes without the newline. When nobody takes them, it
/// stops reading after a few, so that a large input waits in its pipe and not in memory.
/// </summary>
internal sealed class StandardInput
{
    private const int MaxLinesAhead = 256;

    /// <summary>The longest line, which is the longest message, in bytes.</summary>
    public const int MaxLineSize = DataPayload.FragmentSize * DataPayload.MaxFragments;

    private readonly ConcurrentQueue<byte[]> _lines = new();
    private readonly SemaphoreSlim _room = new(MaxLinesAhead);
    private readonly Action _wake;
    private readonly bool _raw;
    private volatile bool _ended;
    private volatile string? _typed;

    /// <param name="wake">Called when there is something new.</param>
    /// <param name="raw">What comes is taken as it comes, and not as lines.</param>
    public StandardInput(Action wake, bool raw = false)
    {
        _raw = raw;
        _wake = wake;
    }

    /// <summary>All lines were taken and there will be no more.</summary>
    public bool Ended => _ended && _lines.IsEmpty;

    /// <summary>How many lines were longer than a message may be, and skipped.</summary>
    public int TooLong { get; private set; }

    /// <summary>The line that is being typed, where keys are read one by one; otherwise null.</summary>
    public string? Typed => _typed;

    /// <param name="byKeys">Read keys and show nothing, since a live view has the screen and shows <see cref="Typed"/>.</param>
    public void Start(bool byKeys)
    {
        new Thread(byKeys ? ReadKeys : Read) { IsBackground = true, Name = "stdin" }.Start();
    }

    public bool TryTake(out byte[] line)
    {
        if (!_lines.TryDequeue(out byte[]? taken))
        {
            line = [];
            return false;
        }

        _room.Release();
        line = taken;
        return true;
    }

    private void Read()
    {
        try
        {
            if (StandardStreams.HasInput)
            {
                using Stream input = Console.OpenStandardInput();
                Split(input);
            }
        }
        catch (IOException)
        {
            // As good as its end.
        }

        _ended = true;
        _wake();
    }

    private void ReadKeys()
    {
        StringBuilder line = new();
        _typed = "";
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(line.ToString());
                line.Clear();
                if (bytes.Length <= MaxLineSize)
                {
                    Add(bytes);
                }
                else
                {
                    TooLong++;
                }
            }
            else if (key.Key == ConsoleKey.D && key.Modifiers == ConsoleModifiers.Control && line.Length == 0)
            {
                break;
            }
            else if (key.Key == ConsoleKey.Backspace && line.Length > 0)
            {
                line.Length -= line.Length > 1 && char.IsLowSurrogate(line[^1]) ? 2 : 1;
            }
            else if (!char.IsControl(key.KeyChar))
            {
                line.Append(key.KeyChar);
            }

            _typed = line.ToString();
            _wake();
        }

        _typed = null;
        _ended = true;
        _wake();
    }

    private void Split(Stream input)
    {
        byte[] block = new byte[16 * 1024];
        MemoryStream line = new();
        bool skipping = false;
        int size;
        while ((size = input.Read(block)) > 0)
        {
            if (_raw)
            {
                Add(block[..size]);
                continue;
            }

            ReadOnlySpan<byte> rest = block.AsSpan(0, size);
            while (!rest.IsEmpty)
            {
                int end = rest.IndexOf((byte)'\n');
                ReadOnlySpan<byte> part = end < 0 ? rest : rest[..end];
                rest = end < 0 ? default : rest[(end + 1)..];
                if (!skipping && line.Length + part.Length > MaxLineSize)
                {
                    skipping = true;
                    TooLong++;
                }

                if (!skipping)
                {
                    line.Write(part);
                }

                if (end >= 0)
                {
                    if (!skipping)
                    {
                        Add(line.ToArray());
                    }

                    skipping = false;
                    line.SetLength(0);
                }
            }
        }

        if (line.Length > 0 && !skipping)
        {
            Add(line.ToArray());
        }
    }

    private void Add(byte[] line)
    {
        _room.Wait();
        _lines.Enqueue(line);
        _wake();
    }
}
