#nullable disable
using nanoFramework.TestFramework;
using Springtail.Crypto;
using Springtail.Fuzzy;

namespace NFUnitTest;

/// <summary>A key from noisy start-up bits.</summary>
[TestClass]
public class FuzzyTests
{
    [TestMethod]
    public void AKeyFromNoisyBits()
    {
        TestRandom random = new TestRandom(31);
        FuzzyExtractor extractor = new FuzzyExtractor(new ManagedCore(random, false));
        byte[] response = new byte[extractor.ResponseSize];
        random.Fill(response, 0, response.Length);
        byte[] key = extractor.Enrol(response, out byte[] helper);

        // 15 bits of 100 in error, then 45.
        byte[] again = extractor.Reproduce(Noisy(response, random, 15), helper);
        Assert.IsTrue(again != null && ConstantTime.Equal(key, 0, again, 0, key.Length));
        Assert.IsTrue(extractor.Reproduce(Noisy(response, random, 45), helper) == null);
    }

    private static byte[] Noisy(byte[] response, TestRandom random, uint percent)
    {
        byte[] noisy = new byte[response.Length];
        for (int i = 0; i < noisy.Length * 8; i++)
        {
            uint bit = random.Below(100) < percent ? 0x80u >> (i % 8) : 0u;
            noisy[i / 8] ^= (byte)((response[i / 8] & (0x80 >> (i % 8))) ^ (int)bit);
        }

        return noisy;
    }
}
