#nullable disable
using Springtail.Transport;

namespace Springtail.Device;

/// <summary>What the application wants of the board it runs on, and of nothing else.</summary>
public interface IBoard
{
    /// <summary>Time that only goes forward, in ms.</summary>
    long Now { get; }

    /// <summary>The system's UTC in ms since 1970; long before <see cref="DeviceClock.Earliest"/> when nothing has set it.</summary>
    long SystemUtc { get; }

    /// <summary>True while an interface has an IPv4 address.</summary>
    bool IsOnline { get; }

    /// <summary>Where a saved session waits while the board sleeps.</summary>
    ISnapshotStore Snapshots { get; }

    /// <summary>Waits, in ms.</summary>
    void Sleep(int time);

    /// <summary>Joins the Wi-Fi network that is stored on the board. Takes up to a minute.</summary>
    /// <returns>Null when the board is online; otherwise why it is not and what to do.</returns>
    string Join();

    /// <summary>Starts asking a time server; what it answers shows in <see cref="SystemUtc"/> some seconds later.</summary>
    void AskTimeServer(string host);

    /// <summary>New sockets for one channel.</summary>
    IDatagramTransport OpenTransport();

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="limit">The most bytes that are wanted; of a larger file the first limit + 1 are given.</param>
    /// <returns>Its bytes; null when there is no such file.</returns>
    byte[] ReadFile(string path, int limit);

    /// <summary>Switches all off for that many seconds; then the board starts over. Does not return.</summary>
    void DeepSleep(int seconds);

    /// <summary>What is measured: the text of a reading.</summary>
    string Measure();

    /// <summary>The same as members of a JSON object, without braces, like <c>"uptime":9,"heap":41208</c>.</summary>
    string MeasureJson();

    /// <summary>Shows where the application stands.</summary>
    void Show(DeviceState state);

    /// <summary>Writes a line.</summary>
    void Log(string line);
}
