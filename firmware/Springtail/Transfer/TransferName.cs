using System;
using System.Text;
using Springtail.Crypto;

namespace Springtail.Transfer;

/// <summary>
/// Which names may be given to a file, on whatever system: the same on both sides (PROTOCOL.md 23). A name is UTF-16 in C#, UTF-8 on the wire.
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
    /// formatting character, <c>\</c>, a drive letter at its start, a dot or space at its end; none a device of Windows; well-formed UTF-16; no longer than the limits.
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

    /// <summary>
    /// The name under which a file is kept until it is complete: from name, size and hash, so that what is there of this very file is found again.
    /// <see cref="PartialBeginning"/> is what it begins with.
    /// </summary>
    public static string Partial(FileEntry entry, ISha256 hash)
    {
        byte[] digest = new byte[TransferMessage.HashSize];
        byte[] size = new byte[8];
        Packets.Wire.WriteU64(size, 0, (ulong)entry.Size);
        hash.Begin();
        hash.Update(size, 0, size.Length);
        hash.Update(entry.Hash, 0, entry.Hash.Length);
        hash.Current(digest, 0);
        return PartialBeginning(entry.Name, hash) + Hex(digest, 8);
    }

    /// <summary>What the names of all partial files of a name begin with, whatever their contents.</summary>
    public static string PartialBeginning(string name, ISha256 hash)
    {
        byte[] digest = new byte[TransferMessage.HashSize];
        byte[] text = Encoding.UTF8.GetBytes(name);
        hash.Begin();
        hash.Update(text, 0, text.Length);
        hash.Current(digest, 0);
        return PartialPrefix + Hex(digest, 8) + "-";
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
        for (int i = start; i < end; i++)
        {
            if (IsUnsafe(name[i]) || name[i] == '\\')
            {
                return false;
            }
        }

        // Also "." and "..".
        char last = name[end - 1];
        if (last == '.' || last == ' ')
        {
            return false;
        }

        if (end - start >= 2 && name[start + 1] == ':' && IsLetter(name[start]))
        {
            return false;
        }

        return !IsDevice(name, start, end) && !Begins(name, start, end, PartialPrefix);
    }

    // CON, PRN, AUX, NUL, COM0 to COM9, LPT0 to LPT9, CONIN$, CONOUT$, with whatever after a dot, colon or space.
    private static bool IsDevice(string name, int start, int end)
    {
        int length = 0;
        while (start + length < end && name[start + length] != '.' && name[start + length] != ':' && name[start + length] != ' ')
        {
            length++;
        }

        switch (length)
        {
            case 3:
                return Begins(name, start, end, "con") || Begins(name, start, end, "prn") || Begins(name, start, end, "aux") || Begins(name, start, end, "nul");
            case 4:
                char digit = name[start + 3];
                return (Begins(name, start, end, "com") || Begins(name, start, end, "lpt"))
                    && ((digit >= '0' && digit <= '9') || digit == '\u00B9' || digit == '\u00B2' || digit == '\u00B3');
            case 6:
                return Begins(name, start, end, "conin$");
            case 7:
                return Begins(name, start, end, "conout$");
            default:
                return false;
        }
    }

    // The text is in lower case.
    private static bool Begins(string name, int start, int end, string text)
    {
        if (end - start < text.Length)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            char c = name[start + i];
            if (c >= 'A' && c <= 'Z')
            {
                c = (char)(c | 0x20);
            }

            if (c != text[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLetter(char c) => (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

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
