using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Fuzzy;

/// <summary>
/// A key from a noisy physical source, such as the start-up bits of an SRAM (PROTOCOL.md 18): a code-offset construction with the extended Golay code (24,12)
/// over 5-fold repetition. Local: nothing of it goes over the wire.
/// </summary>
/// <remarks>
/// <para>
/// A block takes 120 bits of the response and yields 12 bits of the secret. A key of 128 bits needs 11 blocks, 132 bits of secret: a response of 1 320 bits,
/// 165 bytes. <see cref="Reproduce"/> weighs the copies of each bit, compares all words of the code, and tries the next best where the tag of the key
/// shows an error. With bit errors of 15 % it fails about once in 40 000 times, from 35 % on nearly always. It never returns a wrong key: that would take a tag of
/// 128 bits that fits by chance.
/// </para>
/// <para>
/// The helper may be public, and nobody can alter it unnoticed, since the tag covers it. What it leaves of the secret depends on the bias of the cells: 12 bits a
/// block when each starts as 0 or 1 with the same chance; less when they lean to one side, since the helper then tells much about the response, and with it
/// about the secret. Who guesses best decodes the helper as if the response were nothing but the likelier value; so what is left of a block is -log2 of the
/// share of blocks that this decoder gets right at an error rate of 1 less the bias. For a bias of 0.50, 0.52, 0.54, 0.56, 0.58, 0.60 that is, by experiment,
/// 12.0, 10.0, 8.3, 6.7, 5.3, 4.1 bits a block, rounded down: 128 bits then take 11, 13, 17, 21, 25, 31 blocks. (The usual bound, the min-entropy of the response less the
/// 108 bits of redundancy, leaves nothing from 0.54 on; it is far from what is possible.) Nor may the same cells be enrolled twice: two helpers of one
/// response tell more than one.
/// </para>
/// <para>
/// The helper: <c>u8 version (1) || u8 blocks || offset (15 bytes a block) || tag (16)</c>. Copy r (0 to 4) of bit s (0 to 23, the highest of the word first) of
/// block b stands at bit <c>(24 r + (s + 5 r) mod 24) blocks + b</c> of response and offset, where bit k is byte k/8, mask 0x80 >> k%8: errors side by side meet
/// different blocks, copies of a bit lie far apart, and since the number of blocks is odd, a column of a memory that is a power of two wide holds no two copies of a bit.
/// <c>key = HKDF(salt empty, ikm secret, info "fuzzy-extraction", 32)</c>, the secret being 12 bits of each block, filled up with zeros to whole bytes;
/// <c>tag = HMAC128(key, "fuzzy_helper_v1" || version || blocks || offset)</c>.
/// </para>
/// </remarks>
public sealed class FuzzyExtractor
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    /// <summary>For a key of 128 bits from cells without bias.</summary>
    public const int DefaultBlocks = 11;

    /// <summary>Bits of the response in a block.</summary>
    public const int ResponseBitsPerBlock = GolayCode.Bits * Copies;

    /// <summary>Bits of the secret in a block.</summary>
    public const int SecretBitsPerBlock = GolayCode.InformationBits;

    private const int Copies = 5;
    private const int Version = 1;
    private const int HeaderSize = 2;
    private const int BytesPerBlock = ResponseBitsPerBlock / 8;
    private const int TagSize = 16;
    private const int MaxBlocks = 63;

    // The words of a block that are tried, the best and those after it; one block at a time.
    private const int Choices = 4;

    private readonly ICryptoCore _core;
    private readonly int _blocks;
    private readonly GolayCode _code = new GolayCode();

    /// <summary>For 128-bit keys from cells without bias: 11 blocks.</summary>
    public FuzzyExtractor(ICryptoCore core)
        : this(core, DefaultBlocks)
    {
    }

    /// <param name="core">The primitives.</param>
    /// <param name="blocks">An odd number from 11 to 63: more for cells that lean to one side.</param>
    /// <exception cref="ArgumentException">The number of blocks is another.</exception>
    public FuzzyExtractor(ICryptoCore core, int blocks)
    {
        if (blocks < DefaultBlocks || blocks > MaxBlocks || blocks % 2 == 0)
        {
            throw new ArgumentException("The number of blocks is odd, and 11 to 63.");
        }

        _core = core;
        _blocks = blocks;
    }

    /// <summary>Bytes of a response: 165 for 11 blocks.</summary>
    public int ResponseSize => _blocks * BytesPerBlock;

    /// <summary>Bytes of a helper: 183 for 11 blocks.</summary>
    public int HelperSize => HeaderSize + ResponseSize + TagSize;

    /// <summary>Makes a key, and the helper from which a similar response makes the same key again.</summary>
    /// <param name="response">The source's response; <see cref="ResponseSize"/> bytes.</param>
    /// <param name="helper">To be kept; <see cref="HelperSize"/> bytes. It is not secret.</param>
    /// <returns>The key, 32 bytes. The caller wipes it.</returns>
    /// <exception cref="ArgumentException">The response has another size.</exception>
    public byte[] Enrol(byte[] response, out byte[] helper)
    {
        CheckSize(response, ResponseSize, "response");
        byte[] secret = Secret.New((_blocks * SecretBitsPerBlock + 7) / 8);
        _core.Random(secret, 0, secret.Length);
        int unused = secret.Length * 8 - _blocks * SecretBitsPerBlock;
        secret[secret.Length - 1] = (byte)((secret[secret.Length - 1] >> unused) << unused);

        helper = new byte[HelperSize];
        helper[0] = Version;
        helper[1] = (byte)_blocks;
        Array.Copy(response, 0, helper, HeaderSize, response.Length);
        for (int block = 0; block < _blocks; block++)
        {
            int word = GolayCode.Encode(Information(secret, block));
            for (int bit = 0; bit < GolayCode.Bits; bit++)
            {
                int value = (word >> (GolayCode.Bits - 1 - bit)) & 1;
                for (int copy = 0; copy < Copies; copy++)
                {
                    int at = Place(block, bit, copy);
                    helper[HeaderSize + at / 8] ^= (byte)(value << (7 - at % 8));
                }
            }
        }

        byte[] key = Key(secret);
        Array.Copy(Tag(key, helper), 0, helper, HeaderSize + ResponseSize, TagSize);
        Secret.Wipe(secret);
        return key;
    }

    /// <summary>Makes the key again.</summary>
    /// <param name="noisy">The source's response now; <see cref="ResponseSize"/> bytes.</param>
    /// <param name="helper">From <see cref="Enrol"/>.</param>
    /// <returns>The key, 32 bytes, which the caller wipes; null when there are too many errors, or it is another source, or the helper was altered.</returns>
    /// <exception cref="ArgumentException">Response or helper are not of this extractor's size and form.</exception>
    public byte[] Reproduce(byte[] noisy, byte[] helper)
    {
        CheckSize(noisy, ResponseSize, "response");
        CheckSize(helper, HelperSize, "helper");
        if (helper[0] != Version || helper[1] != _blocks)
        {
            throw new ArgumentException("The helper is not of version 1, or of another number of blocks.");
        }

        int[] information = new int[_blocks * Choices];
        int[] scores = new int[_blocks * Choices];
        DecodeBlocks(noisy, helper, information, scores);
        byte[] secret = Secret.New((_blocks * SecretBitsPerBlock + 7) / 8);
        byte[] key = FindKey(helper, information, scores, secret);
        Secret.Wipe(secret);
        Array.Clear(information, 0, information.Length);
        Array.Clear(scores, 0, scores.Length);
        _code.Wipe();
        return key;
    }

    private static void CheckSize(byte[] bytes, int size, string name)
    {
        if (bytes == null || bytes.Length != size)
        {
            throw new ArgumentException("The " + name + " has " + size.ToString() + " bytes.");
        }
    }

    private static int Information(byte[] secret, int block)
    {
        int at = block * SecretBitsPerBlock / 8;
        return block % 2 == 0 ? (secret[at] << 4) | (secret[at + 1] >> 4) : ((secret[at] & 0x0F) << 8) | secret[at + 1];
    }

    private static void SetInformation(byte[] secret, int block, int information)
    {
        int at = block * SecretBitsPerBlock / 8;
        if (block % 2 == 0)
        {
            secret[at] = (byte)(information >> 4);
            secret[at + 1] = (byte)((secret[at + 1] & 0x0F) | (information << 4));
        }
        else
        {
            secret[at] = (byte)((secret[at] & 0xF0) | (information >> 8));
            secret[at + 1] = (byte)information;
        }
    }

    private int Place(int block, int bit, int copy)
    {
        return (GolayCode.Bits * copy + (bit + Copies * copy) % GolayCode.Bits) * _blocks + block;
    }

    private void DecodeBlocks(byte[] noisy, byte[] helper, int[] information, int[] scores)
    {
        int[] votes = new int[GolayCode.Bits];
        for (int block = 0; block < _blocks; block++)
        {
            for (int bit = 0; bit < GolayCode.Bits; bit++)
            {
                int ones = 0;
                for (int copy = 0; copy < Copies; copy++)
                {
                    int at = Place(block, bit, copy);
                    ones += ((noisy[at / 8] ^ helper[HeaderSize + at / 8]) >> (7 - at % 8)) & 1;
                }

                votes[GolayCode.Bits - 1 - bit] = 2 * ones - Copies;
            }

            _code.Decode(votes, information, scores, block * Choices, Choices);
        }

        Array.Clear(votes, 0, votes.Length);
    }

    // The best word of every block; then, the most likely change first, another word in one block. Null when no tag fits.
    private byte[] FindKey(byte[] helper, int[] information, int[] scores, byte[] secret)
    {
        for (int block = 0; block < _blocks; block++)
        {
            SetInformation(secret, block, information[block * Choices]);
        }

        byte[] key = KeyIfRight(helper, secret);
        int[] tried = new int[_blocks];
        for (int trial = 0; key == null && trial < _blocks * (Choices - 1); trial++)
        {
            int closest = -1;
            int least = int.MaxValue;
            for (int block = 0; block < _blocks; block++)
            {
                if (tried[block] < Choices - 1)
                {
                    int gap = scores[block * Choices] - scores[block * Choices + tried[block] + 1];
                    closest = gap < least ? block : closest;
                    least = gap < least ? gap : least;
                }
            }

            tried[closest]++;
            SetInformation(secret, closest, information[closest * Choices + tried[closest]]);
            key = KeyIfRight(helper, secret);
            SetInformation(secret, closest, information[closest * Choices]);
        }

        return key;
    }

    private byte[] KeyIfRight(byte[] helper, byte[] secret)
    {
        byte[] key = Key(secret);
        if (ConstantTime.Equal(Tag(key, helper), 0, helper, HeaderSize + ResponseSize, TagSize))
        {
            return key;
        }

        Secret.Wipe(key);
        return null;
    }

    private byte[] Key(byte[] secret)
    {
        return Hkdf.Derive(_core, null, secret, Wire.Ascii("fuzzy-extraction"), KeySize);
    }

    private byte[] Tag(byte[] key, byte[] helper)
    {
        return new Concatenation().Text("fuzzy_helper_v1").Bytes(helper, 0, HeaderSize + ResponseSize).Hmac(_core, key, TagSize);
    }
}
