using System;
using System.Collections.Generic;
using System.IO;
using Springtail.Crypto;

namespace Springtail.Words;

/// <summary>
/// The words of spoken tokens (PROTOCOL.md 17): 2 048 English words of 4 to 8 lower-case letters, sorted, no two of which sound alike, and
/// none that one would not say to a stranger. Any other words do as well, since a token is just text; these are easily told apart on a bad line.
/// words.LICENSE.txt says where they come from.
/// </summary>
public static class WordList
{
    /// <summary>How many words there are: 11 bits each.</summary>
    public const int Count = 2048;

    private static readonly string[] s_words = Read();

    /// <summary>The words, sorted.</summary>
    public static IReadOnlyList<string> Words => s_words;

    /// <summary>Whether a word, in lower case, is one of them.</summary>
    public static bool Contains(string word) => Array.BinarySearch(s_words, word, StringComparer.Ordinal) >= 0;

    /// <summary>A fresh token, <c>word-word</c>, each of the 4 194 304 as likely as the others.</summary>
    /// <param name="core">Its random source is used.</param>
    public static string DrawToken(ICryptoCore core)
    {
        byte[] random = new byte[4];
        core.Random(random, 0, random.Length);
        string token = $"{s_words[Index(random, 0)]}-{s_words[Index(random, 2)]}";
        Array.Clear(random);
        return token;
    }

    // 16 random bits, of which 11 are as uniform as all.
    private static int Index(byte[] random, int at) => (random[at] << 8 | random[at + 1]) % Count;

    private static string[] Read()
    {
        using Stream stream = typeof(WordList).Assembly.GetManifestResourceStream("words.txt")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
