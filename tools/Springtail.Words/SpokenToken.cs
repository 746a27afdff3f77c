using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Springtail.Words;

/// <summary>
/// A token as people write down what they were told: in any case, with whatever blanks and dashes a phone put there. A word that is not on the list is
/// found before it is used, since each use of a wrong token is one of three guesses (PROTOCOL.md 17).
/// </summary>
public sealed class SpokenToken
{
    private const int MostSuggestions = 3;
    private const int MostMistakes = 2;

    private SpokenToken(string[] words)
    {
        Words = words;
    }

    /// <summary>The words as they were read: lower-case letters. Not two when it is no token.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Whether these are two words, be they on the list or not.</summary>
    public bool IsToken => Words.Count == 2 && Words.All(w => w.All(char.IsAsciiLetterLower));

    /// <summary>The words that are not on the list.</summary>
    public IEnumerable<string> Unknown => Words.Where(w => !WordList.Contains(w));

    /// <summary>Reads what was typed, in one or several pieces.</summary>
    public static SpokenToken Read(params IEnumerable<string> typed)
    {
        StringBuilder text = new();
        foreach (char typedChar in string.Join(' ', typed))
        {
            // Some keyboards write the characters of ASCII as wide as their own.
            char c = typedChar is >= '\uFF01' and <= '\uFF5E' ? (char)(typedChar - 0xFEE0) : typedChar;
            switch (char.GetUnicodeCategory(c))
            {
                case UnicodeCategory.Format or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation:
                    break;
                case UnicodeCategory.DashPunctuation or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.Control
                    or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.OtherPunctuation or UnicodeCategory.MathSymbol:
                    text.Append(' ');
                    break;
                default:
                    text.Append(char.ToLowerInvariant(c));
                    break;
            }
        }

        return new SpokenToken(text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The words of the list that come nearest to another, the nearest first; none when none is near.</summary>
    public static IReadOnlyList<string> Near(string word)
    {
        var near = WordList.Words.Select(w => (Word: w, Mistakes: Mistakes(word, w))).Where(w => w.Mistakes <= MostMistakes);
        return [.. near.OrderBy(w => w.Mistakes).Take(MostSuggestions).Select(w => w.Word)];
    }

    /// <summary>The form that a channel takes: <c>word-word</c>.</summary>
    public override string ToString() => string.Join('-', Words);

    // Letters put in, left out, replaced, or two of them in the wrong order.
    private static int Mistakes(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int k = 0; k <= b.Length; k++)
            {
                if (i == 0 || k == 0)
                {
                    d[i, k] = i + k;
                    continue;
                }

                d[i, k] = Math.Min(Math.Min(d[i - 1, k], d[i, k - 1]) + 1, d[i - 1, k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1));
                if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                {
                    d[i, k] = Math.Min(d[i, k], d[i - 2, k - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
