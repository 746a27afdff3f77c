#nullable disable
namespace Springtail.Device;

/// <summary>What the files on the board say. Names and meanings are those of the options of the springtail command.</summary>
public sealed class Settings
{
    /// <summary>The pre-shared key, 16 to 64 bytes.</summary>
    public byte[] Psk { get; set; }

    /// <summary>The listener's name or IPv4 address.</summary>
    public string Host { get; set; }

    public int PortMin { get; set; } = 24576;

    public int PortCount { get; set; } = 1024;

    /// <summary>A fixed port for the first packet; 0 lets it follow the clock.</summary>
    public int RendezvousPort { get; set; }

    /// <summary>The listener's port for CLOCK_REQUEST; 0 for none.</summary>
    public int DiscoveryPort { get; set; } = 1025;

    /// <summary>1, 2 or 3; 0 takes 2.</summary>
    public int Suite { get; set; }

    /// <summary>Take suite 1 or 3 without the native module too.</summary>
    public bool AllowSlowSuites { get; set; }

    public int Features { get; set; }

    /// <summary>Seconds between heartbeats.</summary>
    public int Keepalive { get; set; } = 15;

    /// <summary>Seconds between readings.</summary>
    public int Interval { get; set; } = 5;

    /// <summary>Seconds of deep sleep after each reading; 0 to stay awake.</summary>
    public int Sleep { get; set; }

    /// <summary>The time server; null for none.</summary>
    public string TimeServer { get; set; } = "pool.ntp.org";

    /// <summary>What the device calls itself in its readings.</summary>
    public string Name { get; set; } = "device";

    /// <summary>Readings are JSON objects, which a gateway can tell apart into numbers; otherwise text.</summary>
    public bool IsJson { get; set; }
}

/// <summary>What is wrong with the files, a sentence each, and not more than fit a screen.</summary>
public sealed class Problems
{
    private const int Most = 16;

    private readonly string[] _texts = new string[Most];

    public int Count { get; private set; }

    public string this[int index] => _texts[index];

    public void Add(string text)
    {
        if (Count < Most - 1)
        {
            _texts[Count++] = text;
        }
        else if (Count == Most - 1)
        {
            _texts[Count++] = "and more.";
        }
    }
}
