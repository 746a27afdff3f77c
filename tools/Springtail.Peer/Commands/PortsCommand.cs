using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Springtail.Crypto;
using Springtail.Keys;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail ports --psk-file FILE</c>: the rendezvous schedule (PROTOCOL.md 4).</summary>
internal static class PortsCommand
{
    public static Command Create()
    {
        Option<string> pskFile = new("--psk-file") { Description = "The file with the pre-shared key.", HelpName = "FILE", Required = true };
        Option<PortRange> ports = PortRange.NewOption();
        Option<DateTimeOffset?> at = new("--at") { Description = "The moment to begin at, as in 2026-05-04T12:00:00Z, UTC unless it says another zone; without it now.", HelpName = "TIME", CustomParser = ParseTime };
        Option<int> count = Verb.Within(new("--count") { Description = "How many intervals of 10 s to list.", HelpName = "N", DefaultValueFactory = _ => 6 }, 1, 8640);
        VerbCommand command = new(
            "ports",
            "Lists the rendezvous ports: where a listener with this PSK waits for a first packet, and when.",
            "A listener keeps the ports of the intervals before and after the present one open too. Times are UTC.",
            examples: ["springtail ports --psk-file psk --count 10"])
        {
            pskFile, ports, at, count,
        };
        command.Run((arguments, output) =>
        {
            byte[] psk = PskFile.Read(arguments.GetRequiredValue(pskFile));
            PortRange range = arguments.GetValue(ports);
            DateTimeOffset moment = arguments.GetValue(at) ?? DateTimeOffset.UtcNow;
            ulong first = Rendezvous.Index((ulong)moment.ToUnixTimeMilliseconds());
            for (ulong r = first; r < first + (ulong)arguments.GetValue(count); r++)
            {
                byte[] dailyKey = LongTermKeys.DailyKey(CryptoCore.Default, psk, Rendezvous.Date(r));
                int port = Rendezvous.Port(CryptoCore.Default, dailyKey, r, range.First, range.Count);
                string from = DateTimeOffset.FromUnixTimeMilliseconds((long)(r * Rendezvous.IntervalMs)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                output.Result("port", string.Create(CultureInfo.InvariantCulture, $"{from}  {port}"), ("from", from), ("r", r), ("port", port));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static DateTimeOffset? ParseTime(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && time >= DateTimeOffset.UnixEpoch)
        {
            return time;
        }

        result.AddError($"--at: \"{text}\" is no time from 1970 on, like 2026-05-04T12:00:00Z.");
        return null;
    }
}
