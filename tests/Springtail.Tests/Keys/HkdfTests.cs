using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests;

/// <summary>HKDF of RFC 5869 and PBKDF2 of RFC 8018, with the RFCs' own values.</summary>
public class HkdfTests
{
    /// <summary>RFC 5869, appendix A.1 to A.3: ikm, salt, info, prk, okm.</summary>
    public static TheoryData<string, string, string, string, string, string> Rfc5869
    {
        get
        {
            string[][] cases =
            {
                new[]
                {
                    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                    "000102030405060708090a0b0c",
                    "f0f1f2f3f4f5f6f7f8f9",
                    "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
                },
                new[]
                {
                    Convert.ToHexString(Range(0x00, 80)),
                    Convert.ToHexString(Range(0x60, 80)),
                    Convert.ToHexString(Range(0xb0, 80)),
                    "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
                    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                        + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
                },
                new[]
                {
                    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                    "",
                    "",
                    "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
                    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
                },
            };
            TheoryData<string, string, string, string, string, string> data = new();
            foreach (string core in new[] { TestCores.Native, TestCores.Bcl, TestCores.Desktop })
            {
                foreach (string[] c in cases)
                {
                    data.Add(core, c[0], c[1], c[2], c[3], c[4]);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Rfc5869))]
    public void AgreesWithRfc5869(string name, string ikm, string salt, string info, string prk, string okm)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] expected = Convert.FromHexString(okm);

        byte[] extracted = Hkdf.Extract(core, Convert.FromHexString(salt), Convert.FromHexString(ikm));
        Assert.Equal(Convert.FromHexString(prk), extracted);
        Assert.Equal(expected, Hkdf.Expand(core, extracted, Convert.FromHexString(info), expected.Length));
        Assert.Equal(expected, Hkdf.Derive(core, Convert.FromHexString(salt), Convert.FromHexString(ikm), Convert.FromHexString(info), expected.Length));
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void AgreesWithTheBclAtEveryLength(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] salt = Range(1, 20);
        byte[] ikm = Range(2, 33);
        byte[] info = Range(3, 7);
        foreach (int n in Enumerable.Range(0, 130).Append(8160))
        {
            byte[] expected = new byte[n];
            if (n != 0)
            {
                HKDF.DeriveKey(HashAlgorithmName.SHA256, ikm, expected, salt, info);
            }

            Assert.Equal(expected, Hkdf.Derive(core, salt, ikm, info, n));
        }
    }

    [Fact]
    public void NoSaltIsASaltOfZeros()
    {
        BclCore core = new();
        byte[] ikm = Range(9, 32);
        byte[] expected = Hkdf.Extract(core, new byte[32], ikm);
        Assert.Equal(expected, Hkdf.Extract(core, null, ikm));
        Assert.Equal(expected, Hkdf.Extract(core, Array.Empty<byte>(), ikm));
    }

    /// <summary>The truncated form, written out for two and a half blocks.</summary>
    [Fact]
    public void TheTruncatedFormHasBlocksOf16Bytes()
    {
        byte[] salt = Range(1, 8);
        byte[] ikm = Range(2, 8);
        byte[] info = Range(3, 8);
        byte[] prk = HMACSHA256.HashData(salt, ikm)[..16];
        byte[] t1 = HMACSHA256.HashData(prk, info.Append((byte)1).ToArray())[..16];
        byte[] t2 = HMACSHA256.HashData(prk, t1.Concat(info).Append((byte)2).ToArray())[..16];
        byte[] t3 = HMACSHA256.HashData(prk, t2.Concat(info).Append((byte)3).ToArray())[..16];

        Assert.Equal(t1.Concat(t2).Concat(t3).Take(40), Hkdf.DeriveTruncated(new BclCore(), salt, ikm, info, 40));
    }

    [Fact]
    public void MoreThan255BlocksAreRefused()
    {
        BclCore core = new();
        byte[] key = new byte[32];
        Assert.Throws<ArgumentException>(() => Hkdf.Expand(core, key, key, 8161));
        Assert.Throws<ArgumentException>(() => Hkdf.Expand(core, key, key, -1));
        Assert.Throws<ArgumentException>(() => Hkdf.DeriveTruncated(core, key, key, key, 4081));
        Assert.Equal(4080, Hkdf.DeriveTruncated(core, key, key, key, 4080).Length);
    }

    /// <summary>RFC 7914, section 11.</summary>
    [Theory]
    [InlineData(TestCores.Native, "passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")]
    [InlineData(TestCores.Bcl, "passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")]
    [InlineData(TestCores.Desktop, "passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")]
    [InlineData(TestCores.Native, "Password", "NaCl", 80000, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d")]
    [InlineData(TestCores.Bcl, "Password", "NaCl", 80000, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d")]
    [InlineData(TestCores.Desktop, "Password", "NaCl", 80000, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d")]
    public void Pbkdf2AgreesWithRfc7914(string name, string password, string salt, int iterations, string expected)
    {
        byte[] output = new byte[64];
        TestCores.Get(name).Pbkdf2(output, Encoding.ASCII.GetBytes(password), Encoding.ASCII.GetBytes(salt), iterations);
        Assert.Equal(expected, Convert.ToHexString(output).ToLowerInvariant());
    }

    private static byte[] Range(int first, int count) => Enumerable.Range(first, count).Select(i => (byte)i).ToArray();
}
