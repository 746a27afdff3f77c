using System;
using System.Text;
using Springtail.Device;
using Springtail.Transport;

namespace Springtail.Fuzz;

/// <summary>The two files on a board: the first byte says which of them the rest is, 0 the settings and 1 the PSK; the other one is right. What is taken is within its bounds.</summary>
internal static class SettingsFiles
{
    private static readonly byte[] s_psk = "157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c\n"u8.ToArray();
    private static readonly byte[] s_settings = Encoding.ASCII.GetBytes(
        "# the laptop\r\nhost = 192.168.1.20\nports = 40000-40999\nrendezvous = 40001\ndiscovery-port = 0\nsuite = 3\nallow-slow-suites = yes\nfeatures = 3\n"
        + "keepalive = 60\ninterval = 3600\nsleep = 86400\ntime-server = off\nname = the cellar\nformat = json\n");

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        byte[] file = input[1..].ToArray();
        bool isPsk = (input[0] & 1) != 0;
        Problems problems = new();
        Settings s = SettingsReader.Read(new Board(isPsk ? file : (byte[])s_psk.Clone(), isPsk ? s_settings : file), problems);
        bool good = s.Psk != null && s.Psk.Length is >= 16 and <= 64 && s.Host != null
            && s.PortMin >= 1 && s.PortCount >= 1 && s.PortMin + s.PortCount <= 65536
            && s.RendezvousPort is >= 0 and <= 65535 && s.DiscoveryPort is >= 0 and <= 65535
            && s.Suite is >= 0 and <= 3 && s.Features is >= 0 and <= 3 && s.Keepalive is >= 5 and <= 3600
            && s.Interval is >= 1 and <= 3600 && s.Sleep is >= 0 and <= 86400 && s.Name.Length is >= 1 and <= 32;
        if (problems.Count == 0 && !good)
        {
            throw new FaultException("settings out of bounds are taken without a word");
        }

        for (int i = 0; i < problems.Count; i++)
        {
            if (problems[i].Length > 400)
            {
                throw new FaultException("a sentence of " + problems[i].Length + " characters");
            }
        }
    }

    public static byte[][] Seeds() => [[0, .. s_settings], [1, .. s_psk], [1, .. new byte[32]]];

    private sealed class Board(byte[] psk, byte[] settings) : IBoard
    {
        public long Now => throw new NotSupportedException();

        public long SystemUtc => throw new NotSupportedException();

        public bool IsOnline => throw new NotSupportedException();

        public ISnapshotStore Snapshots => throw new NotSupportedException();

        public byte[] ReadFile(string path, int limit)
        {
            byte[] file = path == SettingsReader.PskPath ? psk : settings;
            return file.Length <= limit ? file : file[..(limit + 1)];
        }

        public void Sleep(int time) => throw new NotSupportedException();

        public string Join() => throw new NotSupportedException();

        public void AskTimeServer(string host) => throw new NotSupportedException();

        public IDatagramTransport OpenTransport() => throw new NotSupportedException();

        public void DeepSleep(int seconds) => throw new NotSupportedException();

        public string Measure() => throw new NotSupportedException();

        public string MeasureJson() => throw new NotSupportedException();

        public void Show(DeviceState state) => throw new NotSupportedException();

        public void Log(string line) => throw new NotSupportedException();
    }
}
