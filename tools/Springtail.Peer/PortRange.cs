using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Springtail.Peer;

/// <summary>Ports A to B, both included.</summary>
internal readonly record struct PortRange(int First, int Last)
{
    /// <summary>The range where none is given.</summary>
    public static readonly PortRange All = new(1024, 65535);

    public int Count => Last - First + 1;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    public static Option<PortRange> NewOption() => new("--ports")
    {
        Description = "The ports to hop to, alike on both sides.",
        HelpName = "A-B",
        DefaultValueFactory = _ => All,
        CustomParser = Parse,
    };

    private static PortRange Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] ends = text.Split('-');
        if (ends.Length == 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            && first >= 1 && first <= last && last <= 65535)
        {
            return new PortRange(first, last);
        }

        result.AddError($"--ports: \"{text}\" is not a range A-B with 1 <= A <= B <= 65535, like 40000-40999.");
        return default;
    }
}
