using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Springtail.Peer;

/// <summary>When new keys are asked for: after so many seconds, or after so many packets; 0 for the channel's own limits.</summary>
internal readonly record struct RekeyLimit(int Seconds, int Packets)
{
    public static Option<RekeyLimit> NewOption() => new("--rekey-after")
    {
        Description = "Take new keys after that many seconds (a listener waits 2/15 longer), or with a p behind it after that many packets sent: 60, 5000p. Without it 900, and 1048576p.",
        HelpName = "SECONDS|PACKETSp",
        CustomParser = Parse,
    };

    public void ApplyTo(ChannelOptions options)
    {
        options.RekeyAfterSeconds = Seconds == 0 ? options.RekeyAfterSeconds : Seconds;
        options.RekeyAfterPackets = Packets == 0 ? options.RekeyAfterPackets : Packets;
    }

    private static RekeyLimit Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        bool packets = text.EndsWith('p');
        if (int.TryParse(packets ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit > 0 && limit <= (packets ? 1 << 20 : 900))
        {
            return packets ? new RekeyLimit(0, limit) : new RekeyLimit(limit, 0);
        }

        result.AddError($"--rekey-after: \"{text}\" is neither a number of seconds (1 to 900) nor one of packets (1p to 1048576p).");
        return default;
    }
}
