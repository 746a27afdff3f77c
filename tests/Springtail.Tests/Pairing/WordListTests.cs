using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Springtail.Crypto;
using Springtail.Words;
using Xunit;

namespace Springtail.Tests.Pairing;

/// <summary>The word list of spoken tokens: what it says of itself, and that every token is as likely as any other.</summary>
public class WordListTests
{
    // Spellings of one sound, in the order in which they are replaced; then letters that a bad line does not tell apart.
    private static readonly (string From, string To)[] s_spellings =
    {
        ("tch", "j"), ("sch", "sk"), ("ph", "f"), ("sh", "j"), ("ch", "j"), ("ck", "k"), ("dge", "je"), ("gh", ""), ("th", "t"), ("wh", "w"), ("qu", "kw"),
        ("q", "k"), ("x", "ks"),
    };

    private static readonly Dictionary<char, char> s_alike = new() { ['b'] = 'p', ['d'] = 't', ['v'] = 'f', ['z'] = 's', ['m'] = 'n', ['e'] = 'i', ['y'] = 'i', ['o'] = 'a', ['u'] = 'a' };

    [Fact]
    public void There_are_2048_sorted_words_of_4_to_8_lower_case_letters()
    {
        Assert.Equal(WordList.Count, WordList.Words.Count);
        Assert.Equal(WordList.Words.Order(StringComparer.Ordinal).Distinct(), WordList.Words);
        Assert.All(WordList.Words, word => Assert.Matches("^[a-z]{4,8}$", word));
    }

    [Fact]
    public void No_two_words_sound_alike()
    {
        string[] sounds = WordList.Words.Select(Sound).ToArray();
        for (int i = 0; i < sounds.Length; i++)
        {
            for (int k = 0; k < i; k++)
            {
                Assert.False(AreNear(sounds[i], sounds[k]), $"{WordList.Words[i]} and {WordList.Words[k]} both sound like {sounds[i]}");
            }
        }
    }

    [Theory]
    [InlineData("phone", "fone", true)]
    [InlineData("knight", "night", true)]
    [InlineData("batch", "patch", true)]
    [InlineData("cellar", "seller", true)]
    [InlineData("dinner", "thinner", true)]
    [InlineData("banana", "bandana", true)]
    [InlineData("ocean", "tiger", false)]
    [InlineData("harbor", "candle", false)]
    public void The_measure_knows_what_sounds_alike(string a, string b, bool alike)
    {
        Assert.Equal(alike, AreNear(Sound(a), Sound(b)));
    }

    [Fact]
    public void Every_word_is_drawn_as_often_as_the_others()
    {
        const int draws = 200_000;
        Dictionary<string, int> first = WordList.Words.ToDictionary(w => w, _ => 0);
        Dictionary<string, int> second = WordList.Words.ToDictionary(w => w, _ => 0);
        ICryptoCore core = new Simulation.SteeredCore(2048);
        for (int i = 0; i < draws; i++)
        {
            string[] words = WordList.DrawToken(core).Split('-');
            Assert.Equal(2, words.Length);
            first[words[0]]++;
            second[words[1]]++;
        }

        // Chi-square with 2 047 degrees of freedom: mean 2 047, standard deviation 64.
        foreach (Dictionary<string, int> place in new[] { first, second })
        {
            double mean = (double)draws / WordList.Count;
            double chiSquare = place.Values.Sum(n => (n - mean) * (n - mean) / mean);
            Assert.InRange(chiSquare, 2047 - 6 * 64, 2047 + 6 * 64);
        }
    }

    [Theory]
    [InlineData("Ocean-Tiger")]
    [InlineData("ocean tiger")]
    [InlineData(" OCEAN  -  tiger\n")]
    [InlineData("ocean\u2013tiger")]
    [InlineData("ocean\u2014Tiger")]
    [InlineData("ocean\u2011tiger")]
    [InlineData("ocean\u2212tiger")]
    [InlineData("ocean\u00A0tiger.")]
    [InlineData("\u201Cocean-tiger\u201D")]
    [InlineData("ocean\u200B-\u00ADtiger")]
    [InlineData("ocean_tiger")]
    [InlineData("Ocean, tiger!")]
    [InlineData("ｏｃｅａｎ－ｔｉｇｅｒ")]
    [InlineData("ocean/tiger?")]
    public void A_token_is_read_as_people_write_it(string typed)
    {
        SpokenToken token = SpokenToken.Read(typed);
        Assert.Equal("ocean-tiger", token.ToString());
        Assert.True(token.IsToken);
        Assert.Empty(token.Unknown);
        Assert.Equal("ocean-tiger", SpokenToken.Read(typed.Split(' ')).ToString());
    }

    [Theory]
    [InlineData("tigre", "tiger")]
    [InlineData("tigr", "tiger")]
    [InlineData("ocaen", "ocean")]
    [InlineData("osean", "ocean")]
    public void A_word_that_is_not_on_the_list_is_found_and_the_nearest_is_named(string typed, string meant)
    {
        SpokenToken token = SpokenToken.Read("ocean", typed);
        Assert.True(token.IsToken);
        Assert.Equal([typed], token.Unknown);
        Assert.Equal(meant, SpokenToken.Near(typed)[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ocean")]
    [InlineData("ocean tiger ocean")]
    [InlineData("ocean-t1ger")]
    [InlineData("ocean-tigér")]
    public void What_is_not_two_words_is_no_token(string typed) => Assert.False(SpokenToken.Read(typed).IsToken);

    [Fact]
    public void No_word_is_one_that_one_would_not_say_to_a_stranger()
    {
        string[] stems =
        [
            "badass", "boot", "celib", "cleav", "crotch", "deviat", "drunk", "dwarf", "dweeb", "enslav", "erot", "fanat", "fetal", "fetus", "flaccid", "genit", "gigolo", "gyps", "hardcore",
            "idiot", "impoten", "islam", "itch", "jew", "kinky", "lust", "maim", "marxi", "naked", "nazi", "neglig", "nud", "nutcase", "obes", "pant", "pregnan", "puke", "pussy", "racis", "rap",
            "rectal", "redneck", "sex", "slut", "smut", "stink", "stoned", "strip", "suicid", "terror", "thong", "unclad", "urin", "urolog", "uter", "vaselin", "violat", "virgin", "voyeur",
        ];
        Assert.DoesNotContain(WordList.Words, w => stems.Any(s => w.StartsWith(s, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_drawn_token_is_one_that_the_channel_takes()
    {
        new ChannelOptions { Token = WordList.DrawToken(CryptoCore.Default) }.Validate();
    }

    // A word as it may be heard: consonants that a bad line does not tell apart are one, and so are bright vowels and dark ones; doubles count once.
    private static string Sound(string word)
    {
        foreach ((string from, string to) in s_spellings)
        {
            word = word.Replace(from, to, StringComparison.Ordinal);
        }

        if (word.Length > 1 && word[..2] is "kn" or "gn" or "pn" or "wr")
        {
            word = word[1..];
        }

        if (word.Length > 3 && word[^1] == 'e' && !"aeiouy".Contains(word[^2]))
        {
            word = word[..^1];
        }

        StringBuilder sound = new();
        for (int i = 0; i < word.Length; i++)
        {
            bool isSoft = i + 1 < word.Length && "eiy".Contains(word[i + 1]);
            char c = word[i] switch
            {
                'c' => isSoft ? 's' : 'k',
                'g' => isSoft ? 'j' : 'k',
                char other => s_alike.GetValueOrDefault(other, other),
            };
            char last = sound.Length > 0 ? sound[^1] : ' ';
            if (word[i] != 'h' && c != last && !(c is 'a' or 'i' && last is 'a' or 'i'))
            {
                sound.Append(c);
            }
        }

        return sound.ToString();
    }

    // At most one letter put in, left out or replaced.
    private static bool AreNear(string a, string b)
    {
        if (a.Length > b.Length)
        {
            (a, b) = (b, a);
        }

        if (b.Length - a.Length > 1)
        {
            return false;
        }

        int same = 0;
        while (same < a.Length && a[same] == b[same])
        {
            same++;
        }

        return a.Length == b.Length ? same >= a.Length || a.AsSpan(same + 1).SequenceEqual(b.AsSpan(same + 1)) : a.AsSpan(same).SequenceEqual(b.AsSpan(same + 1));
    }
}
