using System;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Transfer;

/// <summary>Which names a file may have, whatever system it comes from and goes to.</summary>
public sealed class NameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c.txt")]
    [InlineData(".profile")]
    [InlineData("..a/a..b")]
    [InlineData("12:30 log, #1 \"x\" <y> 100%?*|")]
    [InlineData("Ünïcødé/文件/\U0001F327/עברית")]
    [InlineData("e\u0301")]
    [InlineData("console/com/com10.txt/nully/.con")]
    [InlineData("spring.springtail-")]
    [InlineData("con/NUL.txt/a\\b/C:/...")]
    [InlineData("dot./blank ")]
    [InlineData(" ")]
    public void Plain_names_are_taken(string name) => Assert.True(TransferName.Check(name));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("a/..")]
    [InlineData("a/./b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u001B[2Jx")]
    [InlineData("a\u007F")]
    [InlineData("a\u009B2J")]
    [InlineData("gpj.\u202Eexe")]
    [InlineData("a\u2066b")]
    [InlineData("a\u2028b")]
    [InlineData("a\u200Fb")]
    [InlineData("bad\uFFFDbytes")]
    [InlineData(".springtail-0011223344556677-0011223344556677")]
    [InlineData("a/.Springtail-x")]
    public void Names_that_lead_elsewhere_deceive_or_exist_nowhere_are_refused(string name) => Assert.False(TransferName.Check(name));

    [Theory]
    [InlineData("...")]
    [InlineData("a. ")]
    [InlineData("a./b")]
    [InlineData(" ")]
    [InlineData("a\\b")]
    [InlineData("..\\a")]
    [InlineData("\\\\server\\share")]
    [InlineData("C:")]
    [InlineData("c:a")]
    [InlineData("a/C:/b")]
    [InlineData("C:/Windows")]
    [InlineData("12:30 meeting.txt")]
    [InlineData("a?")]
    [InlineData("a*|\"<>")]
    [InlineData("con")]
    [InlineData("NUL.txt")]
    [InlineData("a/Aux/b")]
    [InlineData("PRN .tar.gz")]
    [InlineData("COM1")]
    [InlineData("lpt9.log")]
    [InlineData("COM\u00B2")]
    [InlineData("CONIN$")]
    [InlineData("conout$.x")]
    public void Names_that_only_Windows_refuses_pass_elsewhere(string name)
    {
        Assert.True(TransferName.Check(name));
        Assert.False(WindowsName.Check(name));
    }

    [Theory]
    [InlineData("a/b.c")]
    [InlineData("console/com10.txt/.con/nully/COMX/LPT")]
    [InlineData("Ünï cødé/文件/\U0001F327")]
    public void Others_pass_on_Windows_too(string name) => Assert.True(WindowsName.Check(name));

    [Fact]
    public void Halves_of_characters_and_what_is_too_long_are_refused()
    {
        Assert.False(TransferName.Check("a\uD83C"));
        Assert.False(TransferName.Check("a\uDF27b"));
        Assert.False(TransferName.Check("\uD83Cx"));
        Assert.True(TransferName.Check(new string('文', 85)));
        Assert.False(TransferName.Check(new string('文', 85) + "a"));
        string part = new('a', 255);
        Assert.True(TransferName.Check($"{part}/{part}/{part}/{part}/"[..^1]));
        Assert.False(TransferName.Check($"{part}/{part}/{part}/{part}/b"));
    }

    [Fact]
    public void SHA_256_in_parts_is_that_of_the_whole_at_every_point()
    {
        byte[] data = Pipe.Random(1, 1000);
        using SystemSha256 system = new();
        foreach (ISha256 hash in new[] { CryptoCore.NewSha256(), system })
        {
            hash.Begin();
            hash.Update(data, 0, 100);
            hash.Begin();
            byte[] digest = new byte[40];
            for (int i = 0; i < data.Length; i++)
            {
                hash.Update(data, i, 1);
                hash.Current(digest, 3);
                Assert.Equal(SHA256.HashData(data.AsSpan(0, i + 1)), digest[3..35]);
            }
        }
    }
}
