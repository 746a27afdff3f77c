namespace Springtail.Transport;

/// <summary>Hosts as people write them: an IPv4 address or a name.</summary>
internal static class HostText
{
    // RFC 1035, 2.3.4.
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    /// <summary>
    /// The four bytes of an address: four numbers of 0 to 255 with dots between them, and no more digits than they need. Null when it is none, as
    /// "1.2.3" and "010.0.0.1", which other programs read in ways of their own.
    /// </summary>
    public static byte[] Address(string text)
    {
        byte[] address = new byte[4];
        int index = 0;
        int number = -1;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '.' && number >= 0 && number < 256 && index < 3)
            {
                address[index++] = (byte)number;
                number = -1;
            }
            else if (c >= '0' && c <= '9' && number != 0 && number < 100)
            {
                number = (number < 0 ? 0 : number * 10) + (c - '0');
            }
            else
            {
                return null;
            }
        }

        if (index != 3 || number < 0 || number > 255)
        {
            return null;
        }

        address[3] = (byte)number;
        return address;
    }

    /// <summary>
    /// True for what may be a name: letters, digits, hyphens and underscores in labels of 1 to 63 with dots between, 253 in all, and the last label no
    /// number: whatever ends in one is an address or a mistake, and resolvers guess at it.
    /// </summary>
    public static bool IsName(string text)
    {
        int end = text.Length > 1 && text[text.Length - 1] == '.' ? text.Length - 1 : text.Length;
        int label = 0;
        bool isNumber = true;
        bool isHex = false;
        for (int i = 0; i < end; i++)
        {
            char c = text[i];
            bool isDigit = c >= '0' && c <= '9';
            if (c == '.' && label != 0)
            {
                label = 0;
                isNumber = true;
                isHex = false;
                continue;
            }

            isHex = isHex || (label == 1 && (c == 'x' || c == 'X') && text[i - 1] == '0');
            isNumber = isNumber && (isDigit || isHex);
            bool isPart = isDigit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c > 0x7F || (c == '-' && label != 0);
            if (!isPart || ++label > LongestLabel)
            {
                return false;
            }
        }

        return label != 0 && !isNumber && end <= LongestName;
    }
}
