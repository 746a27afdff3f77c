using System;
using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using Springtail.Discovery;
using Springtail.Packets;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail discover HOST --psk-dir DIR</c> (PROTOCOL.md 15).</summary>
internal static class DiscoverCommand
{
    public static Command Create()
    {
        ChannelSettings settings = new(listens: false);
        Argument<HostName> host = HostName.NewArgument("Name or address of a listener that runs with --discovery; HOST:PORT is short for --discovery-port PORT.");
        Option<string> folder = ChannelSettings.NewPskDir("The folder of PSK files to ask for, at most 256; the first of them by name that the listener holds too is told.");
        folder.Required = true;
        Option<bool> proofs = new("--proofs")
        {
            Description = "Ask with proofs in place of a filter: one round trip, for at most 8 keys. The listener sees at once which of them it holds too.",
        };
        VerbCommand command = new(
            "discover",
            "Names the PSK file whose key a listener holds too.",
            "The listener learns which key that is; neither side learns anything of the other's other keys. Keys must be random: whether a side holds a weak one can be found out.",
            examples: ["springtail discover gateway.local --psk-dir keys"])
        {
            host, folder, proofs, settings.DiscoveryPort, settings.Bind,
        };
        command.Check(arguments => arguments.GetValue(settings.DiscoveryPort) == 0 ? "Discovery needs a --discovery-port." : null);
        command.Run((arguments, output) =>
        {
            PskFolder keys = PskFolder.Read(arguments.GetRequiredValue(folder));
            bool useProofs = arguments.GetValue(proofs);
            int most = useProofs ? DiscoveryOffers.MaxCount : DiscoveryRequest.MaxPsks;
            if (keys.Psks.Length > most)
            {
                throw new CommandException(ExitCode.File, $"Discovery{(useProofs ? " with --proofs" : "")} takes at most {most} PSKs; these are {keys.Psks.Length}.");
            }

            ChannelOptions options = new() { Psks = keys.Psks, Discovery = new PskDiscovery { UseProofs = useProofs }, DiscoveryPort = arguments.GetValue(host).PortOr(arguments, settings.DiscoveryPort) };
            options.LocalAddress = arguments.GetValue(settings.Bind);
            using Interruption interruption = new(() => { });
            string name = arguments.GetValue(host).Name;
            try
            {
                int found = DiscoveryRun.Find(options, name, interruption.Token);
                if (found < 0)
                {
                    return ExitCode.Interrupted;
                }

                output.Result("key", keys.Names[found], ("key", keys.Names[found]), ("host", name));
                return ExitCode.Success;
            }
            finally
            {
                Array.ForEach(keys.Psks, psk => CryptographicOperations.ZeroMemory(psk));
            }
        });
        return command;
    }
}
