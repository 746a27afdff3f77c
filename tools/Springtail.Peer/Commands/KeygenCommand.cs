using System;
using System.CommandLine;
using System.Security.Cryptography;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail keygen FILE</c></summary>
internal static class KeygenCommand
{
    public static Command Create()
    {
        Argument<string> file = new("FILE") { Description = "The file to make. One that exists is not overwritten. - is the standard output." };
        VerbCommand command = new("keygen", "Makes a new pre-shared key: 32 random bytes as a line of hex, in a file that only you can read.",
            examples: ["springtail keygen psk"]) { file };
        command.Run((arguments, output) =>
        {
            string path = arguments.GetRequiredValue(file);
            if (path == "-")
            {
                string key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
                output.Result("key", key, ("key", key));
                return ExitCode.Success;
            }

            PskFile.Create(path);
            output.Report(Verbosity.Normal, "key", $"{path} holds a new key. Bring it to the peer in a way that nobody else can read.", ("file", path));
            return ExitCode.Success;
        });
        return command;
    }
}
