using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Springtail.Gateway.Bench;

namespace Springtail.Gateway;

internal static class Program
{
    private const int Success = 0;
    private const int Usage = 2;
    private const int Files = 3;
    private const int Failed = 4;

    public static Task<int> Main(string[] arguments) => arguments switch
    {
        ["load", .. var rest] => Task.FromResult(Load.Run(rest)),
        ["bench", .. var rest] => GatewayBench.RunAsync(rest),
        [TlsFleet.Verb, .. var rest] => TlsFleet.RunAsync(rest),
        ["demonstration"] => Demonstration.RunAsync(),
        ["gateway", .. var rest] => RunAsync(rest),
        _ => RunAsync(arguments),
    };

    private static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Any(a => a is "--help" or "-h" or "-?"))
        {
            Help();
            return Success;
        }

        GatewaySettings settings = GatewaySettings.Read(arguments, out List<string> mistakes);
        if (mistakes.Count > 0)
        {
            mistakes.ForEach(m => Console.Error.WriteLine("error: " + m));
            return Usage;
        }

        try
        {
            await using WebApplication app = GatewayHost.Build(settings);
            return await RunAsync(app, settings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or SpringtailException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            Console.Error.WriteLine("error: " + e.Message);
            return Files;
        }
    }

    /// <summary>Runs a gateway until it is asked to end, or a part of it fails.</summary>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(WebApplication app, GatewaySettings settings)
    {
        // A terminal that closes: it ends in order, as with the signals that the host knows.
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            app.Lifetime.StopApplication();
        });
        await app.StartAsync();
        Console.Error.WriteLine(
            $"ready: devices' keys are in {Path.GetFullPath(settings.Keys)}; MQTT at {(settings.BrokerUrl?.ToString() ?? "mqtt://" + settings.Mqtt)}"
            + (settings.Http == null ? "" : "; the page at " + string.Join(' ', app.Urls)));
        if (await GatewayHost.WaitAsync(app) is not { } failure)
        {
            return Success;
        }

        Console.Error.WriteLine("error: " + failure);
        return Failed;
    }

    private static void Help()
    {
        Console.WriteLine("springtail gateway [--NAME VALUE]...\n\nListens for devices and speaks MQTT 5 on the other side. Without arguments it makes what it needs, a broker included.\n");
        Console.WriteLine("  --settings FILE            JSON with a section \"Gateway\"; the environment (" + GatewaySettings.Prefix + "NAME, with _ for -) and these options override it");
        foreach (GatewaySettings.Setting setting in GatewaySettings.All)
        {
            Console.WriteLine($"  {("--" + setting.Name + " " + setting.Value).PadRight(26)} {setting.What}");
        }

        Console.WriteLine("\nExit codes: 0 ended when asked to, 2 a setting is wrong, 3 a file, folder or port cannot be used, 4 a part of it has failed.");
    }
}
