using System;
using System.Globalization;
using Springtail.Crypto;
using Springtail.Peer.Commands;

namespace Springtail.Peer.Bench;

/// <summary>Handshakes beside TLS's; then the gateway's own program goes on with the gateway.</summary>
internal static class GatewayBench
{
    private const int X25519 = 2;
    private const int Handshakes = 500;
    private const int ReadingInterval = 10_000;

    // The two take turns, so that a busy machine does wrong to both; the best turn of each counts.
    private const int Turns = 3;
    private const int TurnTime = 300;

    public static int Run(ICryptoCore core, int devices, int seconds, Output output)
    {
        double ours = double.MaxValue, theirs = double.MaxValue;
        ChannelBench channel = new(core, X25519);
        using TlsHandshakes tls = new();
        for (int i = 0; i < Turns; i++)
        {
            ours = Math.Min(ours, channel.HandshakeTime(TurnTime).TotalMicroseconds);
            theirs = Math.Min(theirs, tls.MeasureAsync(Handshakes).GetAwaiter().GetResult().TotalMicroseconds);
        }

        Report("handshake_us", ours, "0", "of a core, both ends of a handshake of suite 2, key derivation from the PSK included");
        Report("handshake_us_tls", theirs, "0", "of a core, both ends of one of TLS 1.3 with a P-256 certificate");
        Report("handshake_ratio", ours / theirs, "0.00", "a handshake of suite 2 beside one of TLS 1.3");
        string[] line = ["bench", devices.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture), ReadingInterval.ToString(CultureInfo.InvariantCulture)];
        return GatewayCommand.Run(output.Json ? [.. line, "--json"] : line);

        void Report(string name, double value, string format, string what) =>
            output.Result("gateway", $"{name,-28} {value.ToString(format, CultureInfo.InvariantCulture),10}   {what}", ("figure", name), ("value", value));
    }
}
