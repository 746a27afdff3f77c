#nullable disable
namespace Springtail.Device;

/// <summary>Where the application stands. Each has a row in README.md.</summary>
public enum DeviceState
{
    /// <summary>A file is missing or has a wrong value; it is read again every 30 s.</summary>
    SettingsWrong,

    /// <summary>The board has no address.</summary>
    Joining,

    /// <summary>The board has no time that can be right.</summary>
    GettingTime,

    /// <summary>A handshake is under way.</summary>
    Connecting,

    /// <summary>Messages go both ways.</summary>
    Connected,

    /// <summary>A session is there, but the network has gone: it goes on when the network is back in time.</summary>
    Offline,

    /// <summary>The board is about to sleep; it starts over when it wakes.</summary>
    Asleep,

    /// <summary>Something failed; a moment passes before the next try.</summary>
    Waiting,
}

/// <summary>The states' names for the log: on the device an enum's ToString returns its number.</summary>
public static class DeviceStates
{
    public static string Name(DeviceState state)
    {
        switch (state)
        {
            case DeviceState.SettingsWrong:
                return "settings wrong";
            case DeviceState.Joining:
                return "joining";
            case DeviceState.GettingTime:
                return "getting the time";
            case DeviceState.Connecting:
                return "connecting";
            case DeviceState.Connected:
                return "connected";
            case DeviceState.Offline:
                return "offline";
            case DeviceState.Asleep:
                return "asleep";
            default:
                return "waiting";
        }
    }
}
