using System.Text;
using Springtail.Crypto;

namespace Springtail.Transfer;

/// <summary>
/// Which names may be given to a file, on whatever system: the same on both sides (PROTOCOL.md 23). What a receiver's own system refuses besides is its
/// <see cref="IFileStore"/>'s affair. A name is UTF-16 in C#, UTF-8 on the wire.
/// </summary>
internal static class TransferName
{
    /// <summary>The most bytes of UTF-8 that a name has, with its folders.</summary>
    public const int MaxSize = 1024;

    /// <summary>The most bytes of UTF-8 between two <c>/</c>.</summary>
    public const int MaxPartSize = 255;

    /// <summary>What the names of files that are not complete begin with; no file that is sent may.</summary>
    public const string PartialPrefix = ".springtail-";

    private const string HexDigits = "0123456789abcdef";

    /// <summary>
    /// Whether a name may be given to a file: parts between single <c>/</c>; none empty, <c>.</c> or <c>..</c>; none with a control or bidirectional
    /// formatting character; none that begins as <see cref="PartialPrefix"/> does; well-formed UTF-16; no longer than the limits.
    /// The <c>/</c> at the end of a folder's name is not part of it.
    /// </summary>
    public static bool Check(string name)
    {
        int size = 0;
        int start = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && name[i] != '/')
            {
                continue;
            }

            int part = SizeOfPart(name, start, i);
            if (part < 1 || part > MaxPartSize || !IsPlainPart(name, start, i))
            {
                return false;
            }

            size += part + 1;
            if (size > MaxSize + 1)
            {
                return false;
            }

            start = i + 1;
        }

        return true;
    }

    /// <summary>The name under which a file is kept until it is complete: from its name, so that what is there of it is found again.</summary>
    public static string Partial(string name, ISha256 hash)
    {
        byte[] digest = new byte[TransferMessage.HashSize];
        byte[] text = Encoding.UTF8.GetBytes(name);
        hash.Begin();
        hash.Update(text, 0, text.Length);
        hash.Current(digest, 0);
        return PartialPrefix + Hex(digest, 16);
    }

    /// <summary>True for characters that could move a terminal's cursor or reorder its text: control, line and paragraph separators, bidirectional formatting.</summary>
    public static bool IsUnsafe(char c)
    {
        return c < ' ' || (c >= '\x7F' && c <= '\x9F') || c == '\u061C' || (c >= '\u200E' && c <= '\u200F')
            || (c >= '\u2028' && c <= '\u202E') || (c >= '\u2066' && c <= '\u2069') || c == '\uFEFF' || c == '\uFFFD';
    }

    // Bytes of UTF-8; -1 when a surrogate stands alone.
    private static int SizeOfPart(string name, int start, int end)
    {
        int size = 0;
        for (int i = start; i < end; i++)
        {
            char c = name[i];
            if (c < 0x80)
            {
                size++;
            }
            else if (c < 0x800)
            {
                size += 2;
            }
            else if (c < 0xD800 || c > 0xDFFF)
            {
                size += 3;
            }
            else if (c < 0xDC00 && i + 1 < end && name[i + 1] >= 0xDC00 && name[i + 1] <= 0xDFFF)
            {
                size += 4;
                i++;
            }
            else
            {
                return -1;
            }
        }

        return size;
    }

    private static bool IsPlainPart(string name, int start, int end)
    {
        bool dots = end - start <= 2;
        for (int i = start; i < end; i++)
        {
            if (IsUnsafe(name[i]))
            {
                return false;
            }

            dots &= name[i] == '.';
        }

        return !dots && !IsPartial(name, start, end);
    }

    private static bool IsPartial(string name, int start, int end)
    {
        if (end - start < PartialPrefix.Length)
        {
            return false;
        }

        for (int i = 0; i < PartialPrefix.Length; i++)
        {
            char c = name[start + i];
            if ((c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c) != PartialPrefix[i])
            {
                return false;
            }
        }

        return true;
    }

    private static string Hex(byte[] bytes, int count)
    {
        char[] text = new char[count * 2];
        for (int i = 0; i < count; i++)
        {
            text[2 * i] = HexDigits[bytes[i] >> 4];
            text[2 * i + 1] = HexDigits[bytes[i] & 15];
        }

        return new string(text);
    }
}
