using System;
using System.Collections.Concurrent;
using System.IO;
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
    private volatile bool _ended;

    /// <param name="wake">Called when there is something new.</param>
    public StandardInput(Action wake)
    {
        _wake = wake;
    }

    /// <summary>All lines were taken and there will be no more.</summary>
    public bool Ended => _ended && _lines.IsEmpty;

    /// <summary>How many lines were longer than a message may be, and skipped.</summary>
    public int TooLong { get; private set; }

    public void Start()
    {
        new Thread(Read) { IsBackground = true, Name = "stdin" }.Start();
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
            using Stream input = Console.OpenStandardInput();
            Split(input);
        }
        catch (IOException)
        {
            // As good as its end.
        }

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
