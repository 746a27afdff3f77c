using System;

namespace Springtail.Fuzz;

/// <summary>What takes bytes of others, and valid ones to begin with. No input is allowed an exception: what one throws is a fault.</summary>
internal sealed class Target(string name, Target.Taker run, Func<byte[][]> seeds)
{
    public delegate void Taker(ReadOnlySpan<byte> input);

    public static Target[] All { get; } =
    [
        new("client", ClientPackets.Run, ClientPackets.Seeds),
        new("listener", ListenerPackets.Run, ListenerPackets.Seeds),
        new("snapshot", SnapshotBytes.Run, SnapshotBytes.Seeds),
        new("settings", SettingsFiles.Run, SettingsFiles.Seeds),
        new("json", JsonText.Run, JsonText.Seeds),
        new("transfer", TransferMessages.Run, TransferMessages.Seeds),
    ];

    public string Name => name;

    public Taker Run => run;

    /// <summary>Inputs that lead to where the target works on what it is given.</summary>
    public Func<byte[][]> Seeds => seeds;

    public override string ToString() => name;
}

/// <summary>Thrown where a target took what it must not take, or lost what it must not lose.</summary>
internal sealed class FaultException(string message) : Exception(message);
