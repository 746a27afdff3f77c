using System;

namespace Springtail.Gateway;

/// <summary>The topics, all of them.</summary>
internal static class Topics
{
    public const string Root = "springtail";

    /// <summary>Every gateway hears who has which device.</summary>
    public const string AllOwners = Root + "/+/owner";

    public static string Up(string device) => $"{Root}/{device}/up";

    public static string Down(string device) => $"{Root}/{device}/down";

    public static string Status(string device) => $"{Root}/{device}/status";

    public static string Owner(string device) => $"{Root}/{device}/owner";

    public static string Gateway(string gateway) => $"{Root}-gateway/{gateway}/status";

    /// <summary>The device and the last level of one of its topics; null for another topic.</summary>
    public static (string Device, string Kind)? Parse(string topic)
    {
        string[] levels = topic.Split('/');
        return levels.Length == 3 && levels[0] == Root && DeviceName.IsValid(levels[1]) ? (levels[1], levels[2]) : null;
    }
}
