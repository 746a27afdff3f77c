using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text;
using Springtail.Transfer;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Transfer;

/// <summary>Ten thousand names of every script, case, form and length, from a seeded generator: there and back, and each that did not go is one that is refused.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class NamesTests(ITestOutputHelper output) : IDisposable
{
    private const int Seed = 17;
    private const int Count = 10_000;

    // Beginnings and ends of blocks: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Devanagari, Thai, Georgian, Hangul parts and syllables, kana, Han, emoji, others.
    private static readonly (int First, int Last)[] s_scripts =
    [
        (0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x587), (0x591, 0x5F4), (0x600, 0x6FF), (0x900, 0x97F), (0xE01, 0xE5B), (0x10A0, 0x10FF),
        (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x2BFF), (0x3041, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF01, 0xFFEE), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF),
    ];

    private static readonly string[] s_special = ["con", "NUL.txt", "12:30 meeting.txt", "a:b.txt", "C:", "back\\slash", "dot.", "blank ", "...", "~", "-", "-rf", "$HOME", "'", "\"", "*?", "a\tb"];

    // In memory where the system has that: each file is written through to the medium.
    private readonly string _top = SystemFolderTests.FastFolder();

    public void Dispose() => Directory.Delete(_top, recursive: true);

    [Fact]
    public void Trees_are_equal_there_and_back_or_each_difference_is_named()
    {
        output.WriteLine($"seed {Seed}");
        string from = Path.Combine(_top, "from");
        Dictionary<string, long> put = Put(from);
        Dictionary<string, long> refused = Transfer(from, Path.Combine(_top, "there"), put);
        Assert.All(refused.Keys, name => Assert.False(TransferName.Check("from/" + name)));
        Assert.InRange(refused.Count, 1, Count / 20);
        Dictionary<string, long> arrived = put.Where(f => !refused.ContainsKey(f.Key)).ToDictionary();
        Assert.Equal(arrived, Tree(Path.Combine(_top, "there", "from")));
        Assert.Empty(Transfer(Path.Combine(_top, "there", "from"), Path.Combine(_top, "back"), arrived));
        Assert.Equal(arrived, Tree(Path.Combine(_top, "back", "from")));
    }

    // What was not complete, among the files of the sender.
    private static Dictionary<string, long> Transfer(string from, string to, Dictionary<string, long> files)
    {
        using SystemFiles source = new([from]);
        using SystemFolder target = new(to);
        Pipe pipe = new(source, null, target, false, 64 * 1149, 2 * Count);
        pipe.Run();
        Assert.StartsWith("Ok, Ok, 0", pipe.Outcome);
        HashSet<string> complete = [.. pipe.Sent.All.Where(n => n.EndsWith(": Ok", StringComparison.Ordinal)).Select(n => n["from/".Length..^": Ok".Length])];
        return files.Where(f => !complete.Contains(f.Key)).ToDictionary();
    }

    // Names, and each file's time, which tells it from the others.
    private static Dictionary<string, long> Put(string folder)
    {
        Random random = new(Seed);
        Dictionary<string, long> files = [];
        List<string> folders = [""];
        while (files.Count < Count)
        {
            string name = folders[random.Next(folders.Count)] + NewName(random);
            string path = Path.Combine(folder, name);
            if (Encoding.UTF8.GetByteCount(Path.GetFileName(path)) > 255 || path.Length - path.LastIndexOf('/') < 2 || Path.GetFileName(path) is "." or ".." || Path.Exists(path))
            {
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, []);
            DateTime time = DateTime.UnixEpoch.AddSeconds(files.Count).AddTicks(random.Next(10_000_000));
            File.SetLastWriteTimeUtc(path, time);
            files.Add(name, time.Ticks);
            if (random.Next(100) == 0 && folders.Count < 60 && TransferName.Check("from/" + name + "d") && Encoding.UTF8.GetByteCount(name) < 600 && Encoding.UTF8.GetByteCount(Path.GetFileName(path)) < 254)
            {
                folders.Add(name + "d/");
            }
        }

        return files;
    }

    private static string NewName(Random random)
    {
        if (random.Next(50) == 0)
        {
            return s_special[random.Next(s_special.Length)];
        }

        (int first, int last) = s_scripts[random.Next(s_scripts.Length)];
        StringBuilder name = new();
        for (int length = random.Next(3) == 0 ? random.Next(1, 256) : random.Next(1, 20); length > 0; length--)
        {
            name.Append(new Rune(random.Next(first, last + 1)));
        }

        string text = name.ToString().Replace('/', '_');
        return random.Next(5) switch
        {
            0 => text.ToUpperInvariant(),
            1 => text.ToLowerInvariant(),
            2 => text.Normalize(NormalizationForm.FormD),
            3 => text.Normalize(NormalizationForm.FormC),
            _ => text,
        };
    }

    private static Dictionary<string, long> Tree(string folder)
    {
        return Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).ToDictionary(f => Path.GetRelativePath(folder, f), f => File.GetLastWriteTimeUtc(f).Ticks);
    }
}
