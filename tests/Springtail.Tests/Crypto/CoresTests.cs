using System;
using Springtail.Crypto;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests.Crypto;

/// <summary>The project's three cores against the BCL's primitives and the definitions: C#, C, and what the desktop has from libraries. tests/NFUnitTest has them against vectors.json, on the device too.</summary>
public class CoresTests
{
    private const int Seed = 20260722;

    private readonly BclCore _other = new();
    private readonly Random _random = new(Seed);

    /// <summary>For MemberData: the project's own.</summary>
    public static TheoryData<string> Own => new() { TestCores.Managed, TestCores.Native, TestCores.Desktop };

    [Theory]
    [MemberData(nameof(Own))]
    public void HashesOfEveryLength(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        for (int n = 0; n < 260; n++)
        {
            byte[] data = Bytes(n + 5);
            byte[] key = Bytes(_random.Next(150));
            byte[] ours = new byte[40];
            byte[] theirs = new byte[40];
            own.Sha256(ours, 3, data, 2, n);
            _other.Sha256(theirs, 3, data, 2, n);
            Assert.Equal(theirs, ours);
            own.HmacSha256(ours, 8, key, 0, key.Length, data, 5, n);
            _other.HmacSha256(theirs, 8, key, 0, key.Length, data, 5, n);
            Assert.Equal(theirs, ours);
        }
    }

    [Theory]
    [InlineData(TestCores.Managed)]
    [InlineData(TestCores.Native)]
    [InlineData(TestCores.Desktop)]
    [InlineData("with the firmware's HMAC")]
    public void Pbkdf2OfManySizes(string name)
    {
        ICryptoCore core = name[0] == 'w' ? new ManagedCore(new RandomSource(Seed), true) : TestCores.Get(name);
        for (int n = 0; n < 130; n++)
        {
            byte[] password = Bytes(_random.Next(100));
            byte[] salt = Bytes(_random.Next(100));
            byte[] kept = (byte[])password.Clone();
            byte[] ours = new byte[n];
            byte[] theirs = new byte[n];
            int iterations = _random.Next(1, 6);
            core.Pbkdf2(ours, password, salt, iterations);
            if (n > 0)
            {
                _other.Pbkdf2(theirs, password, salt, iterations);
            }

            Assert.Equal(theirs, ours);
            Assert.Equal(kept, password);
        }
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void ChaCha20OfEveryLength(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        for (int n = 0; n < 260; n++)
        {
            byte[] key = Bytes(32);
            byte[] nonce = Bytes(12);
            byte[] ours = Bytes(n + 4);
            byte[] theirs = (byte[])ours.Clone();
            uint counter = n == 200 ? uint.MaxValue : (uint)_random.Next();
            own.ChaCha20(ours, 3, n, key, nonce, counter);
            _other.ChaCha20(theirs, 3, n, key, nonce, counter);
            Assert.Equal(theirs, ours);
        }
    }

    /// <summary>IVs of every kind and texts of every length; what is altered does not open and leaves nothing.</summary>
    [Theory]
    [MemberData(nameof(Own))]
    public void Aes256GcmOfManySizes(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        for (int n = 0; n < 70; n++)
        {
            byte[] key = Bytes(32);
            byte[] iv = Bytes(n % 3 == 0 ? 12 : 1 + _random.Next(40));
            byte[] additional = Bytes(_random.Next(40));
            byte[] text = Bytes(n + 3 + 16);
            byte[] ours = (byte[])text.Clone();
            byte[] theirs = (byte[])text.Clone();
            own.Aes256GcmSeal(ours, 3, n + 16, key, iv, additional);
            _other.Aes256GcmSeal(theirs, 3, n + 16, key, iv, additional);
            Assert.Equal(theirs, ours);

            byte[] altered = (byte[])ours.Clone();
            altered[3 + _random.Next(n + 16)] ^= (byte)(1 << _random.Next(8));
            foreach (ICryptoCore core in new[] { own, _other })
            {
                byte[] bad = (byte[])altered.Clone();
                Assert.False(core.Aes256GcmOpen(bad, 3, n + 16, key, iv, additional));
                Assert.All(bad[3..(3 + n)], b => Assert.Equal(0, b));
                byte[] good = (byte[])ours.Clone();
                Assert.True(core.Aes256GcmOpen(good, 3, n + 16, key, iv, additional));
                Assert.Equal(text[..(3 + n)], good[..(3 + n)]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void PacketsOfEverySizeAndProtection(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        for (int size = 42; size <= 1200; size++)
        {
            int protection = size % 3;
            byte[] cipherKey = Bytes(32);
            byte[] tagKey = Bytes(32);
            ulong number = (ulong)_random.NextInt64();
            byte[] ours = Bytes(size + 9);
            ours[4] = 0x25;
            ours[4 + 1] = (byte)(size % 2 == 0 ? 0x04 : 0x01);
            ours[4 + 24] = (byte)((size - 42) >> 8);
            ours[4 + 25] = (byte)(size - 42);
            byte[] original = (byte[])ours.Clone();
            byte[] theirs = (byte[])ours.Clone();
            own.SealPacket(ours, 4, size, protection, cipherKey, tagKey, number);
            _other.SealPacket(theirs, 4, size, protection, cipherKey, tagKey, number);
            Assert.Equal(theirs, ours);
            byte[] seal = (byte[])ours.Clone();
            own.MaskPacket(ours, 4, size, tagKey);
            _other.MaskPacket(theirs, 4, size, tagKey);
            Assert.Equal(theirs, ours);

            Assert.False(own.UnmaskPacket(ours, 4, size, cipherKey));
            Assert.Equal(theirs, ours);
            Assert.True(own.UnmaskPacket(ours, 4, size, tagKey));
            Assert.Equal(seal, ours);

            ours[4 + _random.Next(size)] ^= (byte)(1 << _random.Next(8));
            byte[] damaged = (byte[])ours.Clone();
            Assert.False(own.OpenPacket(ours, 4, size, protection, cipherKey, tagKey, number));
            Assert.Equal(damaged, ours);
            Assert.True(own.OpenPacket(seal, 4, size, protection, cipherKey, tagKey, number));
            original.AsSpan(4 + size - 16, 16).CopyTo(seal.AsSpan(4 + size - 16));
            Assert.Equal(original, seal);
        }
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void PacketsAndHashesAllocateNothing(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        byte[] key = Bytes(32);
        byte[] packet = Bytes(1200);
        packet[0] = 0x10;
        Work();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            Work();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Work()
        {
            for (int protection = 0; protection < 3; protection++)
            {
                own.SealPacket(packet, 0, packet.Length, protection, key, key, 1);
                own.MaskPacket(packet, 0, packet.Length, key);
                own.UnmaskPacket(packet, 0, packet.Length, key);
                own.OpenPacket(packet, 0, packet.Length, protection, key, key, 1);
            }

            own.Sha256(packet, 0, packet, 100, 500);
            own.HmacSha256(packet, 0, key, 0, 32, packet, 100, 500);
        }
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void X25519OnRandomAndEdgeValues(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        for (int n = 0; n < 120; n++)
        {
            byte[] scalar = n % 7 == 3 ? Filled(32, 0xFF) : Bytes(32);
            byte[] point = n < 40 ? NearPrime(n) : Bytes(32);
            byte[] ours = new byte[32];
            byte[] theirs = new byte[32];
            Assert.Equal(_other.X25519Shared(theirs, scalar, point), own.X25519Shared(ours, scalar, point));
            Assert.Equal(theirs, ours);
        }
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void P256OnRandomAndEdgeValues(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        for (int n = 0; n < 60; n++)
        {
            byte[] scalar = n switch
            {
                < 18 => Number(n),
                < 24 => NearOrder(n - 20),
                24 => Filled(32, 0xFF),
                _ => Bytes(32),
            };
            byte[] ours = Filled(64, 1);
            byte[] theirs = new byte[64];
            Assert.Equal(_other.P256Public(theirs, scalar), own.P256Public(ours, scalar));
            Assert.Equal(theirs, ours);

            byte[] pair = new byte[64];
            _other.P256KeyPair(pair, new byte[32]);
            if (n % 4 == 3)
            {
                pair[_random.Next(64)] ^= (byte)(1 << _random.Next(8));
            }

            byte[] secret = Filled(32, 1);
            byte[] same = new byte[32];
            Assert.Equal(_other.P256Shared(same, scalar, pair), own.P256Shared(secret, scalar, pair));
            Assert.Equal(same, secret);
        }
    }

    // There is a point with x = 0. With p in its place, which is 0 modulo p, it is refused.
    [Theory]
    [MemberData(nameof(Own))]
    public void P256TakesCoordinatesBelowThePrimeOnly(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        byte[] prime = Convert.FromHexString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
        byte[] rootOfB = Convert.FromHexString("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
        byte[] point = new byte[64];
        rootOfB.CopyTo(point, 32);
        byte[] secret = new byte[32];
        Assert.True(_other.P256Shared(secret, Number(7), point));
        byte[] expected = (byte[])secret.Clone();
        Assert.True(own.P256Shared(secret, Number(7), point));
        Assert.Equal(expected, secret);
        prime.CopyTo(point, 0);
        Assert.False(own.P256Shared(secret, Number(7), point));
        Assert.Equal(new byte[32], secret);
        Assert.False(own.P256Shared(secret, Number(7), new byte[64]));
        Assert.False(own.P256Shared(secret, Number(7), Filled(64, 0xFF)));
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void KeyPairsFitTogether(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        byte[] mine = new byte[64];
        byte[] mineSecret = new byte[32];
        byte[] yours = new byte[64];
        byte[] yoursSecret = new byte[32];
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        own.P256KeyPair(mine, mineSecret);
        own.P256KeyPair(yours, yoursSecret);
        Assert.True(own.P256Shared(first, mineSecret, yours));
        Assert.True(own.P256Shared(second, yoursSecret, mine));
        Assert.Equal(first, second);

        mine = new byte[32];
        yours = new byte[32];
        own.X25519KeyPair(mine, mineSecret);
        own.X25519KeyPair(yours, yoursSecret);
        Assert.True(own.X25519Shared(first, mineSecret, yours));
        Assert.True(own.X25519Shared(second, yoursSecret, mine));
        Assert.Equal(first, second);
    }

    // A private key out of range is drawn again.
    [Fact]
    public void AP256KeyPairIsInRange()
    {
        ManagedCore core = new(new FirstOutOfRange(), false);
        byte[] publicKey = new byte[64];
        byte[] privateKey = new byte[32];
        core.P256KeyPair(publicKey, privateKey);
        Assert.Equal(Number(5), privateKey);
        byte[] expected = new byte[64];
        Assert.True(_other.P256Public(expected, privateKey));
        Assert.Equal(expected, publicKey);
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void WrongArgumentsAreRefused(string name)
    {
        ICryptoCore own = TestCores.Get(name);
        byte[] key = new byte[32];
        byte[] packet = new byte[100];
        Assert.ThrowsAny<ArgumentException>(() => own.Sha256(new byte[31], 0, key, 0, 32));
        Assert.ThrowsAny<ArgumentException>(() => own.Sha256(key, 0, key, 1, 32));
        Assert.ThrowsAny<ArgumentException>(() => own.Sha256(key, 0, key, -1, 1));
        Assert.ThrowsAny<ArgumentException>(() => own.Sha256(key, 0, key, int.MaxValue, 2));
        Assert.ThrowsAny<ArgumentException>(() => own.Sha256(key, 0, null, 0, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.HmacSha256(key, 0, key, 0, 33, key, 0, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.Pbkdf2(key, key, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.Pbkdf2(key, null, key, 1));
        Assert.ThrowsAny<ArgumentException>(() => own.ChaCha20(packet, 0, 101, key, new byte[12], 0));
        Assert.ThrowsAny<ArgumentException>(() => own.ChaCha20(packet, 0, 1, key, new byte[11], 0));
        Assert.ThrowsAny<ArgumentException>(() => own.X25519Public(new byte[33], key));
        Assert.ThrowsAny<ArgumentException>(() => own.P256Public(key, key));
        Assert.ThrowsAny<ArgumentException>(() => own.SealPacket(packet, 0, 41, 0, null, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.SealPacket(packet, 60, 42, 0, null, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.SealPacket(packet, 0, 42, 3, key, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.SealPacket(packet, 0, 42, 2, null, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.SealPacket(packet, 0, 42, 1, key, null, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.OpenPacket(new byte[9000], 0, 8149, 0, null, key, 0));
        Assert.ThrowsAny<ArgumentException>(() => own.MaskPacket(packet, 0, 42, new byte[16]));
        Assert.ThrowsAny<ArgumentException>(() => own.UnmaskPacket(packet, 0, 12, key));
        Assert.ThrowsAny<ArgumentException>(() => own.Random(packet, 99, 2));
        own.SealPacket(packet, 0, 42, PacketProtection.ChaCha20Poly1305, key, null, 0);
        own.SealPacket(packet, 0, 42, PacketProtection.Clear, null, key, 0);
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Filled(int count, byte value)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }

    private static byte[] Number(int value)
    {
        byte[] bytes = new byte[32];
        bytes[31] = (byte)value;
        return bytes;
    }

    // The order of P-256 and a little, which may be below 0.
    private static byte[] NearOrder(int more)
    {
        byte[] bytes = Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        bytes[31] = (byte)(bytes[31] + more);
        return bytes;
    }

    // Numbers around 0, 2^255 - 19 and 2^255, with and without the top bit.
    private static byte[] NearPrime(int n)
    {
        byte[] bytes = Filled(32, (byte)(n % 20 < 4 ? 0 : 0xFF));
        bytes[0] = (byte)(n % 20 < 4 ? n % 20 : 0xED + n % 20 - 10);
        bytes[31] = (byte)((bytes[31] & 0x7F) | (n < 20 ? 0 : 0x80));
        return bytes;
    }

    private sealed class RandomSource : IRandomSource
    {
        private readonly Random _random;

        public RandomSource(int seed)
        {
            _random = new Random(seed);
        }

        public void Fill(byte[] output, int offset, int count)
        {
            _random.NextBytes(output.AsSpan(offset, count));
        }
    }

    private sealed class FirstOutOfRange : IRandomSource
    {
        private int _calls;

        public void Fill(byte[] output, int offset, int count)
        {
            byte[] value = (_calls++) switch
            {
                0 => new byte[32],
                1 => NearOrder(0),
                2 => Filled(32, 0xFF),
                _ => Number(5),
            };
            value.CopyTo(output, offset);
        }
    }
}
