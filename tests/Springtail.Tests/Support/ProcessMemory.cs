using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Springtail.Tests.Support;

/// <summary>
/// Looks for secrets in all memory of this process, as one who may read it would: what the program still holds, and what it left behind. Linux only.
/// Each secret is taken as it stands when it is named; the copies that are kept here do not count.
/// </summary>
internal sealed unsafe class ProcessMemory : IDisposable
{
    private const int WindowSize = 1 << 20;
    private const int MaxSecrets = 64;
    private const int SecretSize = 32;

    private readonly byte* _window = (byte*)NativeMemory.AllocZeroed(WindowSize);
    private readonly byte* _secrets = (byte*)NativeMemory.AllocZeroed(MaxSecrets * SecretSize);
    private readonly List<string> _names = new();

    /// <summary>Lets the collector move what it will move, twice, and give back what it can.</summary>
    public static void Compact()
    {
        for (int i = 0; i < 2; i++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        }
    }

    /// <summary>A secret of 32 bytes, from now on to be looked for; one that is known already is not taken again.</summary>
    public void Watch(string name, ReadOnlySpan<byte> secret)
    {
        for (int i = 0; i < _names.Count; i++)
        {
            if (Secret(i).SequenceEqual(secret))
            {
                return;
            }
        }

        _names.Add($"{name} {_names.Count}");
        secret.CopyTo(Secret(_names.Count - 1));
    }

    /// <summary>How many copies there are of each, by name.</summary>
    public SortedDictionary<string, int> Count()
    {
        int[] counts = new int[_names.Count];
        using FileStream memory = new("/proc/self/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach (string line in File.ReadAllLines("/proc/self/maps"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[1].StartsWith("rw", StringComparison.Ordinal))
            {
                string[] ends = fields[0].Split('-');
                CountIn(memory, long.Parse(ends[0], NumberStyles.HexNumber), long.Parse(ends[1], NumberStyles.HexNumber), counts);
            }
        }

        SortedDictionary<string, int> result = new();
        for (int i = 0; i < counts.Length; i++)
        {
            result.Add(_names[i], counts[i]);
        }

        return result;
    }

    public void Dispose()
    {
        new Span<byte>(_secrets, MaxSecrets * SecretSize).Clear();
        NativeMemory.Free(_secrets);
        NativeMemory.Free(_window);
    }

    private Span<byte> Secret(int i) => new Span<byte>(_secrets, MaxSecrets * SecretSize).Slice(i * SecretSize, SecretSize);

    private void CountIn(FileStream memory, long start, long end, int[] counts)
    {
        while (end - start >= SecretSize)
        {
            Span<byte> window = new(_window, (int)Math.Min(WindowSize, end - start));
            int read;
            try
            {
                read = RandomAccess.Read(memory.SafeFileHandle, window, start);
            }
            catch (IOException)
            {
                // Given back to the system since the list was made, or a guard page.
                return;
            }

            for (int i = 0; i < counts.Length; i++)
            {
                int found;
                for (int at = 0; at <= read - SecretSize && (found = window[at..read].IndexOf(Secret(i))) >= 0; at += found + 1)
                {
                    counts[i] += IsOwn(start + at + found) ? 0 : 1;
                }
            }

            window.Clear();
            if (read < SecretSize)
            {
                return;
            }

            // What lies across the end of the window is found by the next.
            start += read - SecretSize + 1;
        }
    }

    private bool IsOwn(long address)
    {
        return (address >= (long)_window && address < (long)_window + WindowSize) || (address >= (long)_secrets && address < (long)_secrets + MaxSecrets * SecretSize);
    }
}
