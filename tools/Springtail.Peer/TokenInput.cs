using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Springtail.Words;

namespace Springtail.Peer;

/// <summary>
/// Where a token comes from: the command line, where other users of the machine see it too, a file, the environment, or whoever sits at the terminal. It is
/// taken as people write it; a word that is not on the list is asked about, since a wrong one costs a guess. A token with no word from the list was agreed
/// on in another way: a script passes it letter by letter as both sides have it.
/// </summary>
internal sealed class TokenInput
{
    private const string Variable = "SPRINGTAIL_TOKEN";

    public Option<string?> Token { get; } = new("--token")
    {
        Description = $"Two spoken words in place of a PSK, in any case, with a blank or a hyphen between. Other users of this machine see a command line: --token-file and {Variable} in the environment keep it from them, and without any it is asked for.",
        HelpName = "WORD-WORD",
    };

    public Option<string?> File { get; } = new("--token-file") { Description = "Take the token from the first line of this file.", HelpName = "FILE" };

    public Option<bool> Exact { get; } = new("--exact-token") { Description = "Take the token's words also when they are not on the list, on both sides." };

    /// <summary>Somebody sits at the terminal and can be asked.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public void AddTo(Command command)
    {
        command.Add(Token);
        command.Add(File);
        command.Add(Exact);
    }

    /// <summary>Whether options say a token.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(Token) != null || arguments.GetValue(File) != null;

    /// <summary>Whether there is a token without an option: in the environment, or to be asked for.</summary>
    public static bool IsToBeHad => FromEnvironment != null || CanAsk;

    /// <summary>Only one of the two options may be given.</summary>
    public string? Mistake(ParseResult arguments)
    {
        return arguments.GetValue(Token) != null && arguments.GetValue(File) != null ? "--token and --token-file exclude each other." : null;
    }

    /// <summary>Reads the token, from where it is.</summary>
    /// <exception cref="CommandException">There is none, it is no token, or nobody can be asked about a word.</exception>
    public string Read(ParseResult arguments)
    {
        if (arguments.GetValue(Token) is { } token)
        {
            return Check(arguments, [token]);
        }

        if (arguments.GetValue(File) is { } path)
        {
            return Check(arguments, [FirstLine(path)]);
        }

        if (FromEnvironment is { } set)
        {
            return Check(arguments, [set]);
        }

        if (!CanAsk)
        {
            throw new CommandException(ExitCode.Usage, $"A token is needed: with --token, --token-file, or in the environment as {Variable}.");
        }

        Console.Error.Write("The token, two words: ");
        return Check(arguments, [Console.ReadLine() ?? ""]);
    }

    /// <summary>What was typed, in one or several pieces, as a token of words from the list.</summary>
    /// <exception cref="CommandException">It is no token, or nobody can be asked about a word.</exception>
    public string Check(ParseResult arguments, IReadOnlyList<string> typed)
    {
        SpokenToken token = SpokenToken.Read(typed);
        if (!token.IsToken)
        {
            throw new CommandException(ExitCode.Usage, $"A token is two words, like ocean-tiger; \"{Output.Printable(string.Join(' ', typed))}\" is none.");
        }

        bool isOwn = !CanAsk && !token.Words.Any(WordList.Contains) && typed.Count == 1 && typed[0] == token.ToString();
        return isOwn || arguments.GetValue(Exact) ? token.ToString() : string.Join('-', token.Words.Select(Known));
    }

    private static string? FromEnvironment => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set : null;

    private static string FirstLine(string path)
    {
        try
        {
            return System.IO.File.ReadLines(path).FirstOrDefault("");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"{path} cannot be read: {e.Message}", e);
        }
    }

    // A word of the list.
    private static string Known(string word)
    {
        if (WordList.Contains(word))
        {
            return word;
        }

        IReadOnlyList<string> near = SpokenToken.Near(word);
        string question = $"\"{word}\" is not among the words of tokens{(near.Count == 0 ? "" : ": " + string.Join(", ", near.Select(w => w + "?")))}";
        if (near.Count == 0 || !CanAsk)
        {
            throw new CommandException(ExitCode.Usage, $"{question}{(near.Count == 0 ? "." : "")} Nothing was tried with it. (--exact-token takes it as it is.)");
        }

        foreach (string other in near)
        {
            Console.Error.Write($"\"{word}\" is not among the words of tokens. {other}? [y/n] ");
            if (Console.ReadLine()?.Trim().StartsWith('y') ?? false)
            {
                return other;
            }
        }

        throw new CommandException(ExitCode.Usage, "Nothing was tried with this token.");
    }
}
