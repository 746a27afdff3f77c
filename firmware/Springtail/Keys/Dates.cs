namespace Springtail.Keys;

/// <summary>The UTC date that daily keys are bound to (PROTOCOL.md 1). Times are Unix milliseconds.</summary>
internal static class Dates
{
    public const uint MsPerDay = 86400000;

    /// <summary>Whole days since 1970-01-01.</summary>
    public static uint Day(ulong utcMs)
    {
        return (uint)(utcMs / MsPerDay);
    }

    /// <summary>The date of a time as "YYYY-MM-DD".</summary>
    public static string Date(ulong utcMs)
    {
        return DateOfDay(Day(utcMs));
    }

    /// <summary>The date of a day since 1970-01-01 as "YYYY-MM-DD" (proleptic Gregorian; after 9999 the year has more digits).</summary>
    public static string DateOfDay(uint day)
    {
        // Days are counted from 0000-03-01, so that the leap day is the last of its year; 400 years have 146 097 days.
        ulong days = (ulong)day + 719468;
        uint era = (uint)(days / 146097);
        uint dayOfEra = (uint)(days % 146097);
        uint yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
        uint dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);

        // March is month 0; 153 days make five months from any March or August on.
        uint month = (5 * dayOfYear + 2) / 153;
        uint dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1;
        uint year = era * 400 + yearOfEra;
        if (month < 10)
        {
            month += 3;
        }
        else
        {
            month -= 9;
            year++;
        }

        int yearDigits = 4;
        for (uint rest = year / 10000; rest != 0; rest /= 10)
        {
            yearDigits++;
        }

        char[] text = new char[yearDigits + 6];
        WriteDigits(text, 0, yearDigits, year);
        text[yearDigits] = '-';
        WriteDigits(text, yearDigits + 1, 2, month);
        text[yearDigits + 3] = '-';
        WriteDigits(text, yearDigits + 4, 2, dayOfMonth);
        return new string(text);
    }

    private static void WriteDigits(char[] text, int offset, int count, uint value)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            text[offset + i] = (char)('0' + value % 10);
            value /= 10;
        }
    }
}
