using System.Text;

namespace Springtail.Transfer;

/// <summary>
/// Reads JSON (RFC 8259) out of a byte array, strictly: well-formed UTF-8, no lone surrogates, whole numbers without sign from 0 to 2^62.
/// After the first thing that does not fit, <see cref="Failed"/> is true and stays so, and every call returns nothing.
/// </summary>
internal sealed class JsonReader
{
    private readonly byte[] _bytes;
    private readonly int _end;
    private readonly StringBuilder _text = new StringBuilder();
    private int _at;

    public JsonReader(byte[] bytes, int start, int end)
    {
        _bytes = bytes;
        _at = start;
        _end = end;
    }

    public bool Failed { get; private set; }

    /// <summary>True when nothing but white space is left.</summary>
    public bool AtEnd => !Failed && Peek() < 0;

    /// <summary>Takes a structural character if it is the next one.</summary>
    public bool Takes(char c)
    {
        if (Failed || Peek() != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>Takes a structural character, which must be the next one.</summary>
    public void Expect(char c)
    {
        if (!Takes(c))
        {
            Failed = true;
        }
    }

    /// <summary>A string with more than <paramref name="limit"/> UTF-16 units does not fit. Empty after a failure.</summary>
    public string ReadString(int limit)
    {
        Expect('"');
        _text.Clear();
        while (!Failed)
        {
            int c = Next();
            if (c == '"')
            {
                return _text.ToString();
            }

            if (c < 0x20)
            {
                Failed = true;
            }
            else if (c == '\\')
            {
                ReadEscape();
            }
            else if (c < 0x80)
            {
                _text.Append((char)c);
            }
            else
            {
                ReadSequence(c);
            }

            if (_text.Length > limit)
            {
                Failed = true;
            }
        }

        return "";
    }

    /// <summary>0 after a failure.</summary>
    public long ReadNumber()
    {
        const long limit = 1L << 62;
        long value = 0;
        int digits = 0;
        Peek();
        while (!Failed && _at < _end && _bytes[_at] >= '0' && _bytes[_at] <= '9')
        {
            if ((digits > 0 && value == 0) || value > limit / 10)
            {
                Failed = true;
                break;
            }

            value = value * 10 + (_bytes[_at] - '0');
            digits++;
            _at++;
        }

        Failed |= digits == 0 || value > limit;
        return Failed ? 0 : value;
    }

    private int Next() => _at < _end ? _bytes[_at++] : -1;

    // The next character that is no white space, or -1.
    private int Peek()
    {
        while (_at < _end && (_bytes[_at] == ' ' || _bytes[_at] == '\t' || _bytes[_at] == '\n' || _bytes[_at] == '\r'))
        {
            _at++;
        }

        return _at < _end ? _bytes[_at] : -1;
    }

    private void ReadEscape()
    {
        int c = Next();
        switch (c)
        {
            case '"':
            case '\\':
            case '/':
                _text.Append((char)c);
                break;
            case 'b':
                _text.Append('\b');
                break;
            case 'f':
                _text.Append('\f');
                break;
            case 'n':
                _text.Append('\n');
                break;
            case 'r':
                _text.Append('\r');
                break;
            case 't':
                _text.Append('\t');
                break;
            case 'u':
                ReadCodeUnits();
                break;
            default:
                Failed = true;
                break;
        }
    }

    // \u and four digits; the first half of a pair is followed by the second.
    private void ReadCodeUnits()
    {
        int unit = ReadFourDigits();
        if (unit >= 0xD800 && unit <= 0xDFFF)
        {
            bool escaped = unit < 0xDC00 && Next() == '\\' && Next() == 'u';
            int second = escaped ? ReadFourDigits() : 0;
            if (second < 0xDC00 || second > 0xDFFF)
            {
                Failed = true;
                return;
            }

            _text.Append((char)unit);
            unit = second;
        }

        _text.Append((char)unit);
    }

    private int ReadFourDigits()
    {
        int value = 0;
        for (int i = 0; i < 4; i++)
        {
            int c = Next();
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
            if (digit < 0)
            {
                Failed = true;
                return 0;
            }

            value = value * 16 + digit;
        }

        return value;
    }

    // A character of two to four bytes of UTF-8 (RFC 3629).
    private void ReadSequence(int first)
    {
        int more = first >= 0xC2 && first <= 0xDF ? 1 : first >= 0xE0 && first <= 0xEF ? 2 : first >= 0xF0 && first <= 0xF4 ? 3 : 0;
        int least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
        int value = more == 1 ? first & 0x1F : more == 2 ? first & 0x0F : first & 0x07;
        for (int i = 0; i < more; i++)
        {
            int c = Next();
            if (c < 0x80 || c > 0xBF)
            {
                Failed = true;
                return;
            }

            value = value * 64 + (c & 0x3F);
        }

        if (more == 0 || value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        {
            Failed = true;
        }
        else if (value < 0x10000)
        {
            _text.Append((char)value);
        }
        else
        {
            value -= 0x10000;
            _text.Append((char)(0xD800 + value / 1024));
            _text.Append((char)(0xDC00 + value % 1024));
        }
    }
}
