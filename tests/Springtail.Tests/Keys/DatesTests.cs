using System;
using System.Globalization;
using Springtail.Keys;
using Xunit;

namespace Springtail.Tests;

public class DatesTests
{
    private const ulong MsPerDay = 86_400_000;

    [Fact]
    public void EveryDayOfFourHundredYearsIsAsInTheBcl()
    {
        DateTime date = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        for (uint day = 0; day < 146_097 + 366; day++)
        {
            string expected = date.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            Assert.Equal(expected, Dates.DateOfDay(day));
        }
    }

    [Theory]
    [InlineData(0ul, "1970-01-01")]
    [InlineData(MsPerDay - 1, "1970-01-01")]
    [InlineData(MsPerDay, "1970-01-02")]
    [InlineData(951_782_400_000ul, "2000-02-29")]
    [InlineData(951_868_800_000ul, "2000-03-01")]
    [InlineData(4_107_542_399_999ul, "2100-02-28")]
    [InlineData(4_107_542_400_000ul, "2100-03-01")]
    [InlineData(253_402_300_799_999ul, "9999-12-31")]
    [InlineData(253_402_300_800_000ul, "10000-01-01")]
    public void ADateChangesAtMidnight(ulong utcMs, string expected)
    {
        Assert.Equal(expected, Dates.Date(utcMs));
        Assert.Equal(utcMs / MsPerDay, Dates.Day(utcMs));
    }

    [Fact]
    public void NoDayThrows()
    {
        Assert.Equal("11761191-01-20", Dates.DateOfDay(uint.MaxValue));
    }
}
