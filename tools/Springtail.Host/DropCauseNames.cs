using Springtail.Packets;

namespace Springtail;

/// <summary>What people call the causes of <see cref="DropCause"/>. A device does without.</summary>
internal static class DropCauseNames
{
    private static readonly string[] s_names =
    {
        "unreadable", "reflected", "bad tag", "epoch", "replay", "malformed", "unexpected", "timestamp", "limit", "suite", "key exchange", "address", "no room", "copy", "port range",
    };

    public static string Of(int cause) => s_names[cause];
}
