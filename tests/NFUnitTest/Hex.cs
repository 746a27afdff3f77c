#nullable disable
namespace NFUnitTest;

/// <summary>Byte strings as the vectors write them.</summary>
internal static class Hex
{
    public static byte[] Bytes(string digits)
    {
        byte[] bytes = new byte[digits.Length / 2];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((Digit(digits[2 * i]) << 4) | Digit(digits[2 * i + 1]));
        }

        return bytes;
    }

    /// <summary>Two lower-case digits for each byte of a range.</summary>
    public static string Text(byte[] bytes, int offset, int count)
    {
        char[] text = new char[2 * count];
        for (int i = 0; i < count; i++)
        {
            text[2 * i] = Character(bytes[offset + i] >> 4);
            text[2 * i + 1] = Character(bytes[offset + i] & 0x0F);
        }

        return new string(text);
    }

    public static string Text(byte[] bytes)
    {
        return Text(bytes, 0, bytes.Length);
    }

    private static int Digit(char c)
    {
        return c <= '9' ? c - '0' : c - 'a' + 10;
    }

    private static char Character(int digit)
    {
        return (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
    }
}
