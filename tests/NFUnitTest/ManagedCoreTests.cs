#nullable disable
using System;
using nanoFramework.TestFramework;
using Springtail.Crypto;
using Springtail.Packets;

namespace NFUnitTest;

/// <summary>The primitives in C#, with the values of the vectors and of the RFCs.</summary>
[TestClass]
public class ManagedCoreTests
{
    [TestMethod]
    public void Sha256()
    {
        // FIPS 180-4's example of two blocks, and nothing.
        byte[] hash = new byte[32];
        byte[] text = Wire.Ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
        Core().Sha256(hash, 0, text, 0, text.Length);
        Assert.AreEqual("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", Hex.Text(hash));
        Core().Sha256(hash, 0, text, 0, 0);
        Assert.AreEqual("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hex.Text(hash));
    }

    [TestMethod]
    public void HmacSha256()
    {
        // RFC 4231, test cases 2 and 6.
        byte[] mac = new byte[40];
        byte[] key = Wire.Ascii("Jefe");
        byte[] text = Wire.Ascii("what do ya want for nothing?");
        Core().HmacSha256(mac, 8, key, 0, key.Length, text, 0, text.Length);
        Assert.AreEqual("00000000000000005bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", Hex.Text(mac));
        key = new byte[131];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = 0xAA;
        }

        text = Wire.Ascii("Test Using Larger Than Block-Size Key - Hash Key First");
        Core().HmacSha256(mac, 8, key, 0, key.Length, text, 0, text.Length);
        Assert.AreEqual("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", Hex.Text(mac, 8, 32));
    }

    [TestMethod]
    public void Pbkdf2()
    {
        // RFC 7914, section 11.
        byte[] output = new byte[64];
        byte[] password = Wire.Ascii("passwd");
        byte[] salt = Wire.Ascii("salt");
        const string Expected = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783";
        Core().Pbkdf2(output, password, salt, 1);
        Assert.AreEqual(Expected, Hex.Text(output));
    }

    [TestMethod]
    public void ChaCha20()
    {
        // RFC 8439, 2.4.2.
        byte[] key = new byte[32];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (byte)i;
        }

        byte[] text = Wire.Ascii("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.");
        Core().ChaCha20(text, 0, text.Length, key, Hex.Bytes("000000000000004a00000000"), 1);
        Assert.AreEqual(
            "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
            + "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d",
            Hex.Text(text));
    }

    [TestMethod]
    public void Aes256Gcm()
    {
        // What an EMERGENCY_REQUEST carries, from its ciphertext on.
        const int At = 63;
        const int Size = 64;
        byte[] request = Hex.Bytes(Vectors.EmergencyRequest);
        byte[] key = Hex.Bytes(Vectors.EmergencyEmergencyKey);
        byte[] iv = Hex.Bytes(Vectors.EmergencyIv);
        byte[] additionalData = Wire.Ascii("emergency_recovery_v1");
        Assert.IsTrue(Core().Aes256GcmOpen(request, At, Size, key, iv, additionalData));
        Assert.AreEqual(Vectors.EmergencyPayload, Hex.Text(request).Substring(2 * At, Vectors.EmergencyPayload.Length));
        Core().Aes256GcmSeal(request, At, Size, key, iv, additionalData);
        Assert.AreEqual(Vectors.EmergencyRequest, Hex.Text(request));
        request[At + 5] ^= 0x10;
        Assert.IsFalse(Core().Aes256GcmOpen(request, At, Size, key, iv, additionalData));
    }

    [TestMethod]
    public void X25519()
    {
        byte[] output = new byte[32];
        Core().X25519Public(output, Hex.Bytes(Vectors.Suite2ClientPrivate));
        Assert.AreEqual(Vectors.Suite2ClientPublic, Hex.Text(output));
        Assert.IsTrue(Core().X25519Shared(output, Hex.Bytes(Vectors.Suite2ServerPrivate), output));
        Assert.AreEqual(Vectors.Suite2SharedSecret, Hex.Text(output));

        // A point of small order gives zero, which is refused.
        Assert.IsFalse(Core().X25519Shared(output, Hex.Bytes(Vectors.Suite2ServerPrivate), new byte[32]));
    }

    [TestMethod]
    public void P256()
    {
        byte[] publicKey = new byte[64];
        byte[] secret = new byte[32];
        Assert.IsTrue(Core().P256Public(publicKey, Hex.Bytes(Vectors.Suite1ClientPrivate)));
        Assert.AreEqual(Vectors.Suite1ClientPublic, Hex.Text(publicKey));
        Assert.IsTrue(Core().P256Shared(secret, Hex.Bytes(Vectors.Suite1ServerPrivate), publicKey));
        Assert.AreEqual(Vectors.Suite1SharedSecret, Hex.Text(secret));
        publicKey[63] ^= 1;
        Assert.IsFalse(Core().P256Shared(secret, Hex.Bytes(Vectors.Suite1ServerPrivate), publicKey));
        Assert.AreEqual("0000000000000000000000000000000000000000000000000000000000000000", Hex.Text(secret));
        Assert.IsFalse(Core().P256Public(publicKey, new byte[32]));
    }

    [TestMethod]
    public void Spake2()
    {
        byte[] w = Hex.Bytes(Vectors.Suite5W);
        byte[] share = new byte[64];
        byte[] key = new byte[32];
        byte[] client = Wire.Ascii("springtail_client");
        byte[] server = Wire.Ascii("springtail_server");
        Assert.IsTrue(Core().Spake2Share(share, w, Hex.Bytes(Vectors.Suite5ServerPrivate), Spake2Side.Server));
        Assert.AreEqual(Vectors.Suite5ServerPublic, Hex.Text(share));
        byte[] peer = Hex.Bytes(Vectors.Suite5ClientPublic);
        Assert.IsTrue(Core().Spake2Key(key, w, Hex.Bytes(Vectors.Suite5ServerPrivate), share, peer, Spake2Side.Server, client, server));
        Assert.AreEqual(Vectors.Suite5SharedSecret, Hex.Text(key));
        peer[63] ^= 1;
        Assert.IsFalse(Core().Spake2Key(key, w, Hex.Bytes(Vectors.Suite5ServerPrivate), share, peer, Spake2Side.Server, client, server));
        Assert.IsFalse(Core().Spake2Share(share, w, new byte[32], Spake2Side.Client));

        // n + 7 is 7.
        byte[] wide = Hex.Bytes("0000000000000000ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632558");
        Core().Spake2Scalar(w, wide);
        Assert.AreEqual("0000000000000000000000000000000000000000000000000000000000000007", Hex.Text(w));
    }

    [TestMethod]
    public void PacketsOfSuite1()
    {
        OpenAndSeal(
            Vectors.Suite1Data, Vectors.Suite1OnTheWireData, PacketProtection.ChaCha20Hmac, Vectors.Suite1ParametersClientKey, Vectors.Suite1ParametersSessionKey,
            Vectors.Suite1SessionMaskKey, Vectors.Suite1ParametersClientSequence + 2, Vectors.Suite1DataMessage);
    }

    [TestMethod]
    public void PacketsOfSuite2()
    {
        OpenAndSeal(
            Vectors.Suite2Data, Vectors.Suite2OnTheWireData, PacketProtection.ChaCha20Poly1305, Vectors.Suite2ParametersClientKey, null,
            Vectors.Suite2SessionMaskKey, Vectors.Suite2ParametersClientSequence + 2, Vectors.Suite2DataMessage);
    }

    [TestMethod]
    public void NumbersPast32Bits()
    {
        byte[] packet = Hex.Bytes(Vectors.Suite2DataPast232);
        byte[] key = Hex.Bytes(Vectors.Suite2ParametersClientKey);
        ulong number = 0x100000000ul | Packet.Sequence(packet);
        Assert.IsFalse(Core().OpenPacket(packet, 0, packet.Length, PacketProtection.ChaCha20Poly1305, key, null, number & 0xFFFFFFFF));
        Assert.IsTrue(Core().OpenPacket(packet, 0, packet.Length, PacketProtection.ChaCha20Poly1305, key, null, number));
    }

    [TestMethod]
    public void ClearPackets()
    {
        // A SYN: payload and header are masked, and tagged under the handshake key.
        ICryptoCore core = Core();
        byte[] packet = Hex.Bytes(Vectors.Suite2OnTheWireSyn);
        byte[] maskKey = Hex.Bytes(Vectors.Suite2HandshakeMaskKey);
        byte[] key = Hex.Bytes(Vectors.Suite2HandshakeKey);
        Assert.IsTrue(core.UnmaskPacket(packet, 0, packet.Length, maskKey));
        Assert.AreEqual(Vectors.Suite2Syn, Hex.Text(packet));
        Assert.IsTrue(core.OpenPacket(packet, 0, packet.Length, PacketProtection.Clear, null, key, 0));
        packet[40] ^= 0x80;
        Assert.IsFalse(core.OpenPacket(packet, 0, packet.Length, PacketProtection.Clear, null, key, 0));
        packet[40] ^= 0x80;
        core.SealPacket(packet, 0, packet.Length, PacketProtection.Clear, null, key, 0);
        core.MaskPacket(packet, 0, packet.Length, maskKey);
        Assert.AreEqual(Vectors.Suite2OnTheWireSyn, Hex.Text(packet));
    }

    [TestMethod]
    public void WrongArguments()
    {
        byte[] key = new byte[32];
        byte[] packet = new byte[42];
        Assert.ThrowsException(typeof(ArgumentNullException), () => Core().Sha256(key, 0, null, 0, 0));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => Core().Sha256(key, 1, key, 0, 0));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => Core().Sha256(key, 0, key, 2147483647, 2));
        Assert.ThrowsException(typeof(ArgumentException), () => Core().MaskPacket(packet, 0, 42, packet));
        Assert.ThrowsException(typeof(ArgumentOutOfRangeException), () => Core().MaskPacket(packet, 0, 41, key));
        Assert.ThrowsException(typeof(ArgumentNullException), () => Core().SealPacket(packet, 0, 42, PacketProtection.ChaCha20Poly1305, null, key, 0));
    }

    private static ICryptoCore Core()
    {
        return new ManagedCore(new TestRandom(1), false);
    }

    private static void OpenAndSeal(string sealedPacket, string onTheWire, int protection, string cipherKey, string tagKey, string maskKey, ulong number, string message)
    {
        ICryptoCore core = Core();
        byte[] packet = Hex.Bytes(onTheWire);
        byte[] cipher = Hex.Bytes(cipherKey);
        byte[] tag = tagKey == null ? null : Hex.Bytes(tagKey);
        byte[] mask = Hex.Bytes(maskKey);
        int size = packet.Length;
        Assert.IsFalse(core.UnmaskPacket(packet, 0, size, cipher));
        Assert.IsTrue(core.UnmaskPacket(packet, 0, size, mask));
        Assert.AreEqual(sealedPacket, Hex.Text(packet));
        packet[size - 1] ^= 1;
        Assert.IsFalse(core.OpenPacket(packet, 0, size, protection, cipher, tag, number));
        packet[size - 1] ^= 1;
        Assert.IsTrue(core.OpenPacket(packet, 0, size, protection, cipher, tag, number));
        Assert.AreEqual(message, Hex.Text(packet, Packet.HeaderSize + DataPayload.HeaderSize, size - Packet.Overhead - DataPayload.HeaderSize));
        core.SealPacket(packet, 0, size, protection, cipher, tag, number);
        core.MaskPacket(packet, 0, size, mask);
        Assert.AreEqual(onTheWire, Hex.Text(packet));
    }
}
