namespace Springtail.Crypto;

/// <summary>Comparison of secrets.</summary>
internal static class ConstantTime
{
    /// <summary>Compares two ranges in a time that depends on their length alone.</summary>
    public static bool Equal(byte[] a, int aOffset, byte[] b, int bOffset, int count)
    {
        int difference = 0;
        for (int i = 0; i < count; i++)
        {
            difference |= a[aOffset + i] ^ b[bOffset + i];
        }

        return difference == 0;
    }
}
