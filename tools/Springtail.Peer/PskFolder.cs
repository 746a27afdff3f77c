using System;
using System.CommandLine;
using System.IO;
using System.Linq;

namespace Springtail.Peer;

/// <summary>The PSK files of a folder, by name. Subfolders and names that begin with a dot are left out.</summary>
internal sealed record PskFolder(string[] Names, byte[][] Psks)
{
    public static Option<string> NewOption(string description) => new("--psk-dir") { Description = description, HelpName = "DIR" };

    /// <summary>Reads all of them.</summary>
    /// <exception cref="CommandException">The folder cannot be read or holds none, a file is no PSK file, or two hold the same key; the message names it.</exception>
    public static PskFolder Read(string path)
    {
        string[] names;
        try
        {
            names = [.. new DirectoryInfo(path).EnumerateFiles().Select(f => f.Name).Where(n => n[0] != '.').Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException e)
        {
            throw new CommandException(ExitCode.File, $"There is no folder {path}. It should hold PSK files, one for each peer (springtail keygen {Path.Combine(path, "NAME")}).", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"The folder {path} cannot be read: {e.Message}", e);
        }

        if (names.Length == 0)
        {
            throw new CommandException(ExitCode.File, $"{path} holds no PSK file. Make one with \"springtail keygen {Path.Combine(path, "NAME")}\".");
        }

        byte[][] psks = [.. names.Select(n => PskFile.Read(Path.Combine(path, n)))];
        RequireDistinct(names, psks);
        return new PskFolder(names, psks);
    }

    /// <summary>Refuses keys of which two are the same.</summary>
    /// <exception cref="CommandException">Names the files of those.</exception>
    public static void RequireDistinct(string[] names, byte[][] psks)
    {
        for (int i = 0; i < psks.Length; i++)
        {
            int other = Array.FindIndex(psks, i + 1, p => p.AsSpan().SequenceEqual(psks[i]));
            if (other >= 0)
            {
                throw new CommandException(ExitCode.File, $"{names[i]} and {names[other]} hold the same key. Each peer has a key of its own: leave one of the two out.");
            }
        }
    }
}
