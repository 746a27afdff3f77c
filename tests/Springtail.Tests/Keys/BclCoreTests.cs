using System;
using System.Linq;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests;

/// <summary>That which tests compare with is itself checked, with the values of the RFCs and of NIST.</summary>
public class BclCoreTests
{
    private const int Seed = 8439;

    private readonly ITestOutputHelper _output;

    public BclCoreTests(ITestOutputHelper output)
    {
        _output = output;
    }

    /// <summary>RFC 8439, section 2.4.2.</summary>
    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void ChaCha20AgreesWithRfc8439(string name)
    {
        byte[] data = System.Text.Encoding.ASCII.GetBytes(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.");
        TestCores.Get(name).ChaCha20(data, 0, data.Length, Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), Hex("000000000000004a00000000"), 1);
        Assert.Equal(
            "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
            + "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d",
            Convert.ToHexString(data).ToLowerInvariant());
    }

    /// <summary>RFC 7748, sections 5.2 and 6.1.</summary>
    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void X25519AgreesWithRfc7748(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] output = new byte[32];
        Assert.True(core.X25519Shared(
            output, Hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"), Hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")));
        Assert.Equal(Hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"), output);
        Assert.True(core.X25519Shared(
            output, Hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"), Hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")));
        Assert.Equal(Hex("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"), output);

        byte[] alice = Hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        core.X25519Public(output, alice);
        Assert.Equal(Hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"), output);
        Assert.False(core.X25519Shared(output, alice, new byte[32]));
    }

    /// <summary>The GCM specification's test cases 16 to 18: AES-256 with IVs of 12, 8 and 60 bytes.</summary>
    [Theory]
    [InlineData("cafebabefacedbaddecaf888", "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662", "76fc6ece0f4e1768cddf8853bb2d551b")]
    [InlineData("cafebabefacedbad", "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f", "3a337dbf46a792c45e454913fe2ea8f2")]
    [InlineData("9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b", "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f", "a44a8266ee1c8eb0c8b5d4cf5ae9f19a")]
    public void Aes256GcmAgreesWithTheSpecification(string iv, string ciphertext, string tag)
    {
        byte[] sealedText = new BclCore().Aes256GcmSeal(
            Hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"), Hex(iv),
            Hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"),
            Hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
        Assert.Equal(ciphertext + tag, Convert.ToHexString(sealedText).ToLowerInvariant());
    }

    /// <summary>Both cores make the same packets, and each opens the other's.</summary>
    [Fact]
    public void PacketsAreTheSameInBothCores()
    {
        _output.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        BclCore bcl = new();
        NativeCore native = new();
        byte[][] clear = { new byte[] { 1, 0 }, new byte[] { 2, 0 }, new byte[] { 0x0C, 3 }, new byte[] { 0x0D, 8 }, new byte[] { 0x0E, 1 } };
        for (int i = 0; i < 600; i++)
        {
            int size = i < 3 ? 42 : i < 6 ? 1200 : random.Next(42, 1201);
            int offset = random.Next(0, 20);
            int protection = i % 3;
            byte[] type = protection == PacketProtection.Clear ? clear[random.Next(clear.Length)] : new byte[] { 4, 0 };
            ulong number = (ulong)random.NextInt64();
            byte[] cipherKey = Random(random, 32);
            byte[] tagKey = Random(random, 32);
            byte[] maskKey = Random(random, 32);
            byte[] packet = Random(random, offset + size + 5);
            byte[] header = new byte[26];
            Packet.WriteHeader(header, i % 16, type[0], type[1], 0x10, 1 + (ulong)i, (uint)number, 3, 4, size - 42);
            header.CopyTo(packet, offset);

            byte[] a = (byte[])packet.Clone();
            byte[] b = (byte[])packet.Clone();
            bcl.SealPacket(a, offset, size, protection, cipherKey, tagKey, number);
            native.SealPacket(b, offset, size, protection, cipherKey, tagKey, number);
            Assert.Equal(a, b);
            byte[] before = (byte[])a.Clone();
            bcl.MaskPacket(a, offset, size, maskKey);
            native.MaskPacket(b, offset, size, maskKey);
            Assert.Equal(a, b);

            // Another key makes no header of it and changes nothing.
            byte[] masked = (byte[])a.Clone();
            Assert.False(bcl.UnmaskPacket(a, offset, size, tagKey));
            Assert.False(native.UnmaskPacket(b, offset, size, tagKey));
            Assert.Equal(masked, a);
            Assert.Equal(masked, b);

            Assert.True(bcl.UnmaskPacket(a, offset, size, maskKey));
            Assert.True(native.UnmaskPacket(b, offset, size, maskKey));
            Assert.Equal(before, a);
            Assert.Equal(before, b);

            // Damage anywhere is found and changes nothing.
            int at = offset + random.Next(size);
            a[at] ^= 1;
            byte[] damaged = (byte[])a.Clone();
            Assert.False(bcl.OpenPacket(a, offset, size, protection, cipherKey, tagKey, number));
            Assert.Equal(damaged, a);
            Assert.False(native.OpenPacket(a, offset, size, protection, cipherKey, tagKey, number));
            Assert.Equal(damaged, a);
            a[at] ^= 1;

            Assert.True(bcl.OpenPacket(a, offset, size, protection, cipherKey, tagKey, number));
            Assert.True(native.OpenPacket(b, offset, size, protection, cipherKey, tagKey, number));
            Assert.Equal(a, b);
            Assert.Equal(packet[..(offset + size - 16)], a[..(offset + size - 16)]);
        }
    }

    private static byte[] Random(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
