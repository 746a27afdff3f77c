using System;
using System.Collections.Generic;
using System.Linq;

namespace Springtail.Soak;

/// <summary>What was done and what came of it.</summary>
internal sealed class Figures
{
    private readonly long[] _faults = new long[Enum.GetValues<Fault>().Length];
    private readonly SortedDictionary<string, long> _recoveries = new(StringComparer.Ordinal);

    public long Seeds { get; set; }

    public long Time { get; set; }

    public long Packets { get; set; }

    /// <summary>Those of more than 1 200 bytes (PROTOCOL.md 9.1).</summary>
    public long LargePackets { get; set; }

    public long Accepted { get; set; }

    public long Messages { get; set; }

    /// <summary>Messages that the applications began, reliable and not.</summary>
    public long Said { get; set; }

    public long Sessions { get; set; }

    public long Rekeys { get; set; }

    public long Resumes { get; set; }

    public long Kept { get; set; }

    /// <summary>Object graphs searched for spent keys, and the largest in bytes.</summary>
    public long Searches { get; set; }

    public long LargestGraph { get; set; }

    /// <summary>The longest time after a trouble until all worked again, in ms, and in which seed.</summary>
    public long SlowestRecovery { get; set; }

    public uint SlowestSeed { get; set; }

    /// <summary>Calms with a session in which something waited.</summary>
    public long Calms { get; set; }

    /// <summary>The longest time until it moved, less three round trips, in ms, and in which seed.</summary>
    public long SlowestMove { get; set; }

    public uint SlowestMoveSeed { get; set; }

    /// <summary>The most packets of a seed, and of which.</summary>
    public long MostPackets { get; set; }

    public uint MostPacketsSeed { get; set; }

    public long Violations { get; set; }

    public void Count(Fault fault, int times = 1) => _faults[(int)fault] += times;

    public void Recovered(string by) => _recoveries[by] = _recoveries.GetValueOrDefault(by) + 1;

    public void Add(Figures other)
    {
        Seeds += other.Seeds;
        Time += other.Time;
        Packets += other.Packets;
        LargePackets += other.LargePackets;
        Accepted += other.Accepted;
        Messages += other.Messages;
        Said += other.Said;
        Sessions += other.Sessions;
        Rekeys += other.Rekeys;
        Resumes += other.Resumes;
        Kept += other.Kept;
        Searches += other.Searches;
        Violations += other.Violations;
        Calms += other.Calms;
        if (other.SlowestMove > SlowestMove)
        {
            SlowestMove = other.SlowestMove;
            SlowestMoveSeed = other.SlowestMoveSeed;
        }

        LargestGraph = Math.Max(LargestGraph, other.LargestGraph);
        if (other.SlowestRecovery > SlowestRecovery)
        {
            SlowestRecovery = other.SlowestRecovery;
            SlowestSeed = other.SlowestSeed;
        }

        if (other.MostPackets > MostPackets)
        {
            MostPackets = other.MostPackets;
            MostPacketsSeed = other.MostPacketsSeed;
        }

        for (int i = 0; i < _faults.Length; i++)
        {
            _faults[i] += other._faults[i];
        }

        foreach ((string by, long times) in other._recoveries)
        {
            _recoveries[by] = _recoveries.GetValueOrDefault(by) + times;
        }
    }

    public override string ToString()
    {
        string faults = string.Join(", ", Enum.GetValues<Fault>().Select(f => $"{f} {_faults[(int)f]}"));
        string recoveries = string.Join(", ", _recoveries.Select(r => $"{r.Key} {r.Value}"));
        return string.Join(Environment.NewLine, new[]
        {
            $"seeds              {Seeds}",
            $"simulated hours    {Time / 3600000.0:F1}",
            $"packets            {Packets} sent, {LargePackets} of them large, {Accepted} accepted",
            $"most packets       {MostPackets} (seed {MostPacketsSeed})",
            $"messages           {Said} sent, {Messages} delivered",
            $"sessions           {Sessions}, with {Rekeys} rekeys, restored {Resumes} times, kept over a restart {Kept} times",
            $"faults injected    {_faults.Sum()}: {faults}",
            $"recoveries         {recoveries}",
            $"slowest recovery   {SlowestRecovery} ms (seed {SlowestSeed})",
            $"moving again       {Calms} times, in {SlowestMove} ms and three round trips at the most (seed {SlowestMoveSeed})",
            $"searches for keys  {Searches}, largest state {LargestGraph} bytes",
            $"violations         {Violations}",
        });
    }
}
