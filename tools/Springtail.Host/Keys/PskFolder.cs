#nullable enable
using System;
using System.IO;
using System.Linq;

namespace Springtail;

/// <summary>
/// The PSK files of a folder, by name. Subfolders and names that begin with a dot are left out. <c>NAME.next</c> holds the key that the peer NAME is about to have:
/// both keys are its own.
/// </summary>
public sealed class PskFolder
{
    private PskFolder(string[] files, byte[][] psks)
    {
        Files = files;
        Names = files.Select(DeviceName.OfFile).ToArray();
        Psks = psks;
    }

    /// <summary>The peers' names, in the order of the files: a peer that has a next key is there twice.</summary>
    public string[] Names { get; }

    /// <summary>The files' own names.</summary>
    internal string[] Files { get; }

    /// <summary>Their keys.</summary>
    public byte[][] Psks { get; }

    /// <summary>Reads all of them.</summary>
    /// <exception cref="IOException">The folder cannot be read or holds none, a file is no PSK file, or two hold the same key; the message names it.</exception>
    public static PskFolder Read(string path) => Read(path, mayBeEmpty: false);

    /// <summary>Reads all of them, of which there may be none.</summary>
    /// <exception cref="IOException">As <see cref="Read(string)"/>.</exception>
    internal static PskFolder Read(string path, bool mayBeEmpty)
    {
        string[] names = NamesIn(path);
        if (names.Length == 0 && !mayBeEmpty)
        {
            throw new IOException($"{path} holds no PSK file. Make one with \"springtail keygen {CommandText.Quote(Path.Combine(path, "NAME"))}\".");
        }

        byte[][] psks = names.Select(n => PskFile.Read(Path.Combine(path, n))).ToArray();
        RequireDistinct(names, psks);
        return new PskFolder(names, psks);
    }

    /// <summary>The names of its files, in order.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    internal static string[] NamesIn(string path)
    {
        try
        {
            return new DirectoryInfo(path).EnumerateFiles().Select(f => f.Name).Where(n => n[0] != '.').OrderBy(n => n, StringComparer.Ordinal).ToArray();
        }
        catch (DirectoryNotFoundException e)
        {
            throw new IOException($"There is no folder {path}. It should hold PSK files, one for each peer (springtail keygen {CommandText.Quote(Path.Combine(path, "NAME"))}).", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The folder {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Refuses keys of which two are the same.</summary>
    /// <exception cref="IOException">Names those.</exception>
    public static void RequireDistinct(string[] names, byte[][] psks)
    {
        for (int i = 0; i < psks.Length; i++)
        {
            int other = Array.FindIndex(psks, i + 1, p => p.AsSpan().SequenceEqual(psks[i]));
            if (other >= 0)
            {
                throw new IOException($"{names[i]} and {names[other]} hold the same key. Each peer has a key of its own: leave one of the two out.");
            }
        }
    }
}
