namespace Springtail.Device;

/// <summary>How a reading says what a board knows of itself: uptime in s, free heap in bytes, and where it knows them signal and temperature.</summary>
public static class Reading
{
    /// <summary>In place of a value that the board cannot tell; a reading leaves that out.</summary>
    public const int Unknown = int.MinValue;

    /// <summary>As text, like <c>up 9 s, 41208 bytes of heap free, signal -61 dBm, chip 43.2 C</c>.</summary>
    /// <param name="uptime">Since the board's start, in ms.</param>
    /// <param name="heap">Bytes of managed heap that are free.</param>
    /// <param name="signal">Of the network that the board is in, in dBm.</param>
    /// <param name="temperature">The chip's, in tenths of a degree Celsius.</param>
    public static string Text(long uptime, uint heap, int signal, int temperature)
    {
        return "up " + (uptime / 1000).ToString() + " s, " + heap.ToString() + " bytes of heap free"
            + (signal == Unknown ? "" : ", signal " + signal.ToString() + " dBm")
            + (temperature == Unknown ? "" : ", chip " + Tenths(temperature) + " C");
    }

    /// <summary>The same as members of a JSON object, without braces, like <c>"uptime":9,"heap":41208,"signal":-61,"temperature":43.2</c>.</summary>
    /// <param name="uptime">Since the board's start, in ms.</param>
    /// <param name="heap">Bytes of managed heap that are free.</param>
    /// <param name="signal">Of the network that the board is in, in dBm.</param>
    /// <param name="temperature">The chip's, in tenths of a degree Celsius.</param>
    public static string Json(long uptime, uint heap, int signal, int temperature)
    {
        return "\"uptime\":" + (uptime / 1000).ToString() + ",\"heap\":" + heap.ToString()
            + (signal == Unknown ? "" : ",\"signal\":" + signal.ToString())
            + (temperature == Unknown ? "" : ",\"temperature\":" + Tenths(temperature));
    }

    // Not by a division of floating point, whose text differs between firmwares.
    private static string Tenths(int value)
    {
        int size = value < 0 ? -value : value;
        return (value < 0 ? "-" : "") + (size / 10).ToString() + "." + (size % 10).ToString();
    }
}
