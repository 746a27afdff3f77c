using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Springtail.Peer;

/// <summary>A host as people write it: a name or address, or HOST:PORT and [V6]:PORT with the port where it is to be met first.</summary>
/// <param name="Name">The name or address alone.</param>
/// <param name="Port">The port; 0 where none was given.</param>
internal readonly record struct HostName(string Name, int Port)
{
    public static Argument<HostName> NewArgument(string description) => new("HOST") { Description = description, CustomParser = Parse };

    /// <summary>The port that was written with the host, or otherwise an option's.</summary>
    /// <exception cref="CommandException">Both were given, and differ.</exception>
    public int PortOr(ParseResult arguments, Option<int> option)
    {
        if (Port != 0 && arguments.GetResult(option) is { Implicit: false } && arguments.GetValue(option) != Port)
        {
            throw new CommandException(ExitCode.Usage, $"{Name} is given port {Port}, and {option.Name} another.");
        }

        return Port != 0 ? Port : arguments.GetValue(option);
    }

    /// <summary>Reads what was typed; null when it is no host.</summary>
    public static HostName? Read(string text)
    {
        string name = text;
        string? port = null;
        int end = text.IndexOf(']');
        if (text.StartsWith('[') && end > 0 && (end == text.Length - 1 || text[end + 1] == ':'))
        {
            name = text[1..end];
            port = end == text.Length - 1 ? null : text[(end + 2)..];
        }
        else if (text.IndexOf(':') is int at and >= 0 && at == text.LastIndexOf(':'))
        {
            name = text[..at];
            port = text[(at + 1)..];
        }

        if (name.Length > 0 && port == null)
        {
            return new HostName(name, 0);
        }

        if (name.Length > 0 && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 65535)
        {
            return new HostName(name, number);
        }

        return null;
    }

    /// <summary>What is said of a text that is none.</summary>
    public static string Mistake(string text) => $"\"{text}\" is no host: a name or address, with a port of 1 to 65535 if any, as in host:4000 or [fe80::1]:4000.";

    private static HostName Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Read(text) is not { } host)
        {
            result.AddError(Mistake(text));
            return default;
        }

        return host;
    }
}
