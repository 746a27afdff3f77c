using System;
using System.Linq;
using System.Text;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests.Crypto;

/// <summary>SPAKE2 over P-256 in each core: RFC 9382's values, the edges, and the cores against each other.</summary>
public class Spake2Tests
{
    private const string Order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

    // w of the RFC's first vector, w N and w M.
    private const string W = "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f";
    private const string BlindN = "012f3c32af2c3dd3ffc98c81bfb37d262ebafc3f71065def69da12e369d8778c9a6af8cbf8eb3b6a0fa1035586bd7de73bbce56dfe2ef94fabc045a8dcc356b1";
    private const string BlindM = "374dda5476677d9762e6109d93992307d600ed0e3b78f565359599d0be3c86289050ce8ab0864c2c397b2a55b6e198e4ea8ab87600a4fcb9dd3ddddafdcaeff4";

    private static readonly string[] s_names = { TestCores.Native, TestCores.Bcl, TestCores.Managed, TestCores.Desktop };
    private static readonly byte[] s_client = Encoding.ASCII.GetBytes("springtail_client");
    private static readonly byte[] s_server = Encoding.ASCII.GetBytes("springtail_server");

    /// <summary>RFC 9382, appendix B: shares and Hash(TT).</summary>
    [Theory]
    [InlineData("server", "client",
        "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f",
        "43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729", "dcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66be",
        "a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
        "06557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d09857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
        "0e0672dc86f8e45565d338b0540abe6915bdf72e2b35b5c9e5663168e960a91b")]
    [InlineData("", "client",
        "0548d8729f730589e579b0475a582c1608138ddf7054b73b5381c7e883e2efae",
        "403abbe3b1b4b9ba17e3032849759d723939a27a27b9d921c500edde18ed654b", "903023b6598908936ea7c929bd761af6039577a9c3f9581064187c3049d87065",
        "a897b769e681c62ac1c2357319a3d363f610839c4477720d24cbe32f5fd85f44fb92ba966578c1b712be6962498834078262caa5b441ecfa9d4a9485720e918a",
        "e0f816fd1c35e22065d5556215c097e799390d16661c386e0ecc84593974a61b881a8c82327687d0501862970c64565560cb5671f696048050ca66ca5f8cc7fc",
        "642f05c473c2cd79909f9a841e2f30a70bf89b18180af97353ba198789c2b963")]
    [InlineData("server", "",
        "626e0cdc7b14c9db3e52a0b1b3a768c98e37852d5db30febe0497b14eae8c254",
        "07adb3db6bc623d3399726bfdbfd3d15a58ea776ab8a308b00392621291f9633", "b6a4fc8dbb629d4ba51d6f91ed1532cf87adec98f25dd153a75accafafedec16",
        "f88fb71c99bfffaea370966b7eb99cd4be0ff1a7d335caac4211c4afd855e2e15a873b298503ad8ba1d9cbb9a392d2ba309b48bfd7879aefd0f2cea6009763b0",
        "0c269d6be017dccb15182ac6bfcd9e2a14de019dd587eaf4bdfd353f031101e7cca177f8eb362a6e83e7d5e729c0732e1b528879c086f39ba0f31a9661bd34db",
        "005184ff460da2ce59062c87733c299c3521297d736598fc0a1127600efa1afb")]
    [InlineData("", "",
        "7bf46c454b4c1b25799527d896508afd5fc62ef4ec59db1efb49113063d70cca",
        "8cef65df64bb2d0f83540c53632de911b5b24b3eab6cc74a97609fd659e95473", "d7a66f64074a84652d8d623a92e20c9675c61cb5b4f6a0063e4648a2fdc02d53",
        "a65b367a3f613cf9f0654b1b28a1e3a8a40387956c8ba6063e8658563890f46ca1ef6a676598889fc28de2950ab8120b79a5ef1ea4c9f44bc98f585634b46d66",
        "589f13218822710d98d8b2123a079041052d9941b9cf88c6617ddb2fcc0494662eea8ba6b64692dc318250030c6af045cb738bc81ba35b043c3dcb46adf6f58d",
        "fc6374762ba5cf11f4b2caa08b2cd1b9907ae0e26e8d6234318d91583cd74c86")]
    public void TheValuesOfTheRfc(string a, string b, string w, string x, string y, string shareA, string shareB, string key)
    {
        foreach (string name in s_names)
        {
            ICryptoCore core = TestCores.Get(name);
            byte[] pA = new byte[64];
            byte[] pB = new byte[64];
            byte[] k = new byte[32];
            Assert.True(core.Spake2Share(pA, Bytes(w), Bytes(x), Spake2Side.Client), name);
            Assert.True(core.Spake2Share(pB, Bytes(w), Bytes(y), Spake2Side.Server), name);
            Assert.Equal(Bytes(shareA), pA);
            Assert.Equal(Bytes(shareB), pB);
            Assert.True(core.Spake2Key(k, Bytes(w), Bytes(x), pA, pB, Spake2Side.Client, Encoding.ASCII.GetBytes(a), Encoding.ASCII.GetBytes(b)), name);
            Assert.Equal(Bytes(key), k);
            Array.Clear(k);
            Assert.True(core.Spake2Key(k, Bytes(w), Bytes(y), pB, pA, Spake2Side.Server, Encoding.ASCII.GetBytes(a), Encoding.ASCII.GetBytes(b)), name);
            Assert.Equal(Bytes(key), k);
        }
    }

    [Theory]
    [InlineData("00", "00")]
    [InlineData("01", "01")]
    [InlineData(Order, "00")]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550")]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552", "01")]
    [InlineData("010000000000000000000000000000000000000000000000000000000000000000", "ffffffff00000000000000004319055258e8617b0c46353d039cdaaf")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "fffffffe00000001431905529c0166cd22159165b6faae70f756a571fc632550")]
    public void FortyBytesBecomeANumberBelowTheOrder(string input, string expected)
    {
        foreach (string name in s_names)
        {
            byte[] w = new byte[32];
            TestCores.Get(name).Spake2Scalar(w, Bytes(input.PadLeft(80, '0')));
            Assert.Equal(Bytes(expected.PadLeft(64, '0')), w);
        }
    }

    /// <summary>Also where a private key or w is close to 0 or to the order.</summary>
    [Fact]
    public void TheCoresAgreeAndBothSidesDo()
    {
        Random random = new(9382);
        ICryptoCore[] cores = s_names.Select(TestCores.Get).ToArray();
        for (int n = 0; n < 24; n++)
        {
            byte[] input = new byte[40];
            byte[] x = new byte[32];
            byte[] y = new byte[32];
            random.NextBytes(input);
            random.NextBytes(x);
            random.NextBytes(y);
            x[0] &= 0x7F;
            y[0] &= 0x7F;
            if (n % 3 == 0)
            {
                Array.Clear(n % 2 == 0 ? x : input, 0, 31);
                (n % 2 == 0 ? x : input)[31] = 1;
            }

            ICryptoCore client = cores[n % 4];
            ICryptoCore server = cores[(n + 1 + n / 4 % 3) % 4];
            byte[] w = new byte[32];
            byte[] same = new byte[32];
            client.Spake2Scalar(w, input);
            server.Spake2Scalar(same, input);
            Assert.Equal(w, same);

            byte[] pA = new byte[64];
            byte[] pB = new byte[64];
            byte[] first = new byte[32];
            byte[] second = new byte[32];
            Assert.True(client.Spake2Share(pA, w, x, Spake2Side.Client));
            Assert.True(server.Spake2Share(pB, w, y, Spake2Side.Server));
            Assert.True(client.Spake2Key(first, w, x, pA, pB, Spake2Side.Client, s_client, s_server));
            Assert.True(server.Spake2Key(second, w, y, pB, pA, Spake2Side.Server, s_client, s_server));
            Assert.Equal(first, second);

            // Another w, another identity, or the wrong side: a key, but another one.
            byte[] other = (byte[])w.Clone();
            other[31] ^= 2;
            Assert.True(server.Spake2Key(second, other, y, pB, pA, Spake2Side.Server, s_client, s_server));
            Assert.NotEqual(first, second);
            Assert.True(server.Spake2Key(second, w, y, pB, pA, Spake2Side.Server, s_server, s_client));
            Assert.NotEqual(first, second);
            Assert.True(server.Spake2Key(second, w, y, pB, pA, Spake2Side.Client, s_client, s_server));
            Assert.NotEqual(first, second);
        }
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void WhatLeadsNowhereIsRefused(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] w = Bytes(W);
        byte[] x = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
        byte[] own = new byte[64];
        byte[] good = new byte[64];
        Assert.True(core.Spake2Share(own, w, x, Spake2Side.Client));
        Assert.True(core.Spake2Share(good, w, x, Spake2Side.Server));
        byte[] offCurve = (byte[])good.Clone();
        offCurve[63] ^= 1;

        Assert.True(Try(w, x, good, Spake2Side.Client));
        Assert.True(Try(w, x, Bytes(BlindN), Spake2Side.Server));
        Assert.False(Try(w, x, Bytes(BlindN), Spake2Side.Client));
        Assert.False(Try(w, x, Bytes(BlindM), Spake2Side.Server));
        Assert.False(Try(w, x, offCurve, Spake2Side.Client));
        Assert.False(Try(w, x, new byte[64], Spake2Side.Client));
        Assert.False(Try(w, x, Enumerable.Repeat((byte)0xFF, 64).ToArray(), Spake2Side.Client));
        foreach (byte[] bad in new[] { new byte[32], Bytes(Order), Enumerable.Repeat((byte)0xFF, 32).ToArray() })
        {
            Assert.False(Try(w, bad, good, Spake2Side.Client));
            Assert.False(Try(bad, x, good, Spake2Side.Client));
            byte[] share = Enumerable.Repeat((byte)1, 64).ToArray();
            Assert.False(core.Spake2Share(share, w, bad, Spake2Side.Client));
            Assert.Equal(new byte[64], share);
            Assert.False(core.Spake2Share(share, bad, x, Spake2Side.Server));
        }

        bool Try(byte[] number, byte[] privateKey, byte[] share, int side)
        {
            byte[] key = Enumerable.Repeat((byte)1, 32).ToArray();
            bool taken = core.Spake2Key(key, number, privateKey, own, share, side, s_client, s_server);
            Assert.Equal(taken, key.Any(b => b != 0));
            return taken;
        }
    }

    [Theory]
    [InlineData(TestCores.Native)]
    [InlineData(TestCores.Managed)]
    [InlineData(TestCores.Desktop)]
    public void ACallersMistakesAreExceptions(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] key = new byte[32];
        byte[] share = new byte[64];
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Scalar(key, new byte[39]));
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Scalar(null!, new byte[40]));
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Share(key, key, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Share(share, share, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Share(share, key, key, 2));
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Key(key, key, key, share, key, 0, s_client, s_server));
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Key(key, key, key, share, share, -1, s_client, s_server));
        Assert.ThrowsAny<ArgumentException>(() => core.Spake2Key(key, key, key, share, share, 0, null!, s_server));
    }

    /// <summary>The two sides of PROTOCOL.md 17, by the formulas of its name.</summary>
    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void AnotherTokenGivesAnotherKey(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] w = PairingKeys.TokenScalar(core, Encoding.ASCII.GetBytes("ocean-tiger"));
        byte[] other = PairingKeys.TokenScalar(core, Encoding.ASCII.GetBytes("ocean-tigers"));
        byte[] x = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
        byte[] pA = new byte[64];
        byte[] pB = new byte[64];
        Assert.True(core.Spake2Share(pA, w, x, Spake2Side.Client) && core.Spake2Share(pB, w, x, Spake2Side.Server));
        byte[] key = PairingKeys.SharedKey(core, w, x, pA, pB, Spake2Side.Client);
        Assert.Equal(key, PairingKeys.SharedKey(core, w, x, pB, pA, Spake2Side.Server));
        Assert.NotEqual(key, PairingKeys.SharedKey(core, other, x, pB, pA, Spake2Side.Server));
        Assert.Null(PairingKeys.SharedKey(core, w, x, pA, new byte[64], Spake2Side.Client));
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
