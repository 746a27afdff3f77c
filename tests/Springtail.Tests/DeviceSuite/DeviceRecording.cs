using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using NFUnitTest;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.DeviceSuite;

/// <summary>
/// tests/NFUnitTest/Recording.cs holds the packets of its Conversation: the first of each kind byte by byte, all by their digest. It changes with the wire format
/// and with nothing else: this test says when it no longer is what the channel sends, and with SPRINGTAIL_WRITE_VECTORS=1 writes it.
/// </summary>
public class DeviceRecording
{
    private static readonly Dictionary<(int Type, int Subtype), string> s_kinds = new()
    {
        [(PacketType.Syn, 0)] = "SYN",
        [(PacketType.SynAck, 0)] = "SYN-ACK",
        [(PacketType.Ack, 0)] = "ACK",
        [(PacketType.Data, 0)] = "DATA",
        [(PacketType.Fin, 0)] = "FIN",
        [(PacketType.Heartbeat, 0)] = "HEARTBEAT",
        [(PacketType.Error, 0)] = "ERROR",
        [(PacketType.Rst, 0)] = "RST",
        [(PacketType.Control, ControlSubtype.TimeSyncRequest)] = "TIME_SYNC_REQUEST",
        [(PacketType.Control, ControlSubtype.TimeSyncResponse)] = "TIME_SYNC_RESPONSE",
        [(PacketType.Control, ControlSubtype.EmergencyRequest)] = "EMERGENCY_REQUEST",
        [(PacketType.Control, ControlSubtype.EmergencyResponse)] = "EMERGENCY_RESPONSE",
        [(PacketType.Control, ControlSubtype.PathChallenge)] = "PATH_CHALLENGE",
        [(PacketType.Control, ControlSubtype.PathResponse)] = "PATH_RESPONSE",
        [(PacketType.Management, ManagementSubtype.RekeyRequest)] = "REKEY_REQUEST",
        [(PacketType.Management, ManagementSubtype.RekeyResponse)] = "REKEY_RESPONSE",
        [(PacketType.Management, ManagementSubtype.RepairRequest)] = "REPAIR_REQUEST",
        [(PacketType.Management, ManagementSubtype.RepairResponse)] = "REPAIR_RESPONSE",
        [(PacketType.Management, ManagementSubtype.RepairConfirm)] = "REPAIR_CONFIRM",
        [(PacketType.Management, ManagementSubtype.KeyCheck)] = "KEY_CHECK",
        [(PacketType.Management, ManagementSubtype.KeyCheckReply)] = "KEY_CHECK_REPLY",
        [(PacketType.Management, ManagementSubtype.Resume)] = "RESUME",
        [(PacketType.Discovery, DiscoverySubtype.ClockRequest)] = "CLOCK_REQUEST",
        [(PacketType.Discovery, DiscoverySubtype.ClockResponse)] = "CLOCK_RESPONSE",
    };

    // Discovery proper is pairing's, whose tests have vectors of their own.
    private static readonly HashSet<int> s_offDevice = [DiscoverySubtype.Request, DiscoverySubtype.Response, DiscoverySubtype.Confirm, DiscoverySubtype.Accept, DiscoverySubtype.Proofs, DiscoverySubtype.ProofsMatch];

    [Fact]
    public void TheRecordingIsWhatTheChannelSends()
    {
        ICryptoCore core = DispatchProxy.Create<ICryptoCore, Sealing>();
        Sealing sealing = (Sealing)(object)core;
        Tape tape = new();
        sealing.Inner = Conversation.Core();
        sealing.Seals = (packet, offset) => tape.Kind = (packet[offset + 1], packet[offset + 2], (packet[offset + 3] & PacketFlags.FromServer) != 0);
        Assert.True(Conversation.Run(core, tape), "the conversation took another course");
        string expected = tape.Source();
        if (Environment.GetEnvironmentVariable("SPRINGTAIL_WRITE_VECTORS") is "1")
        {
            File.WriteAllText(Path.Combine(DeviceVectors.Checkout(), "tests", "NFUnitTest", "Recording.cs"), expected);
        }

        Assert.Equal(expected, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "NFUnitTest", "Recording.cs")).ReplaceLineEndings("\n"));
    }

    /// <summary>A type or subtype that is added wants a place in the conversation.</summary>
    [Fact]
    public void TheConversationHasAllTypes()
    {
        Assert.Equal(Values(typeof(PacketType)), s_kinds.Keys.Select(k => k.Type).Distinct().Order());
        Assert.Equal(Values(typeof(ControlSubtype)), s_kinds.Keys.Where(k => k.Type == PacketType.Control).Select(k => k.Subtype).Order());
        Assert.Equal(Values(typeof(ManagementSubtype)), s_kinds.Keys.Where(k => k.Type == PacketType.Management).Select(k => k.Subtype).Order());
        Assert.Equal(Values(typeof(DiscoverySubtype)).Except(s_offDevice), s_kinds.Keys.Where(k => k.Type == PacketType.Discovery).Select(k => k.Subtype).Order());
        string recording = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "NFUnitTest", "Recording.cs"));
        Assert.All(s_kinds.Values, name => Assert.Contains("// " + name + " from the ", recording, StringComparison.Ordinal));
        foreach (string both in new[] { "ACK", "DATA", "HEARTBEAT", "FIN", "ERROR" })
        {
            Assert.Contains("// " + both + " from the client", recording, StringComparison.Ordinal);
            Assert.Contains("// " + both + " from the server", recording, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<int> Values(Type constants) => constants.GetFields().Select(f => (int)f.GetRawConstantValue()!).Order();

    /// <summary>A core that shows each packet before it is sealed.</summary>
    public class Sealing : DispatchProxy
    {
        internal ICryptoCore Inner { get; set; } = null!;

        internal Action<byte[], int> Seals { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(ICryptoCore.SealPacket))
            {
                Seals((byte[])args![0]!, (int)args[1]!);
            }

            return targetMethod.Invoke(Inner, args);
        }
    }

    private sealed class Tape : IMemoryTap
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly HashSet<(int, int, bool)> _seen = [];
        private readonly StringBuilder _cases = new();
        private int _count;

        public (int Type, int Subtype, bool FromServer) Kind { get; set; }

        public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
        {
            if (_seen.Add(Kind))
            {
                _cases.Append($"            case {_count}: // {s_kinds[(Kind.Type, Kind.Subtype)]} from the {(Kind.FromServer ? "server" : "client")}\n");
                _cases.Append($"                return \"{Convert.ToHexStringLower(bytes, 0, size)}\";\n");
            }

            _hash.AppendData([(byte)(size >> 8), (byte)size]);
            _hash.AppendData(bytes, 0, size);
            _count++;
            return true;
        }

        public string Source() => "#nullable disable\nnamespace NFUnitTest;\n\n/// <summary>The packets of the Conversation. Made by the desktop test DeviceRecording.</summary>\ninternal static class Recording\n{\n"
            + $"    public const int Packets = {_count};\n\n"
            + "    /// <summary>Of all of them: the SHA-256 of each one's size in two bytes, and its bytes.</summary>\n"
            + $"    public const string Digest = \"{Convert.ToHexStringLower(_hash.GetHashAndReset())}\";\n\n"
            + "    /// <summary>The first packet of each kind, by its place; null for the others.</summary>\n"
            + "    public static string First(int index)\n    {\n        switch (index)\n        {\n"
            + _cases + "            default:\n                return null;\n        }\n    }\n}\n";
    }
}
