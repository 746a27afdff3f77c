using System;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Tests;

namespace Springtail.Gateway.Tests;

/// <summary>A device's key in the gateway's folder, and its channel to a gateway on this machine.</summary>
internal static class TestDevice
{
    public static byte[] NewKey(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name);
        PskFile.Create(path);
        return PskFile.Read(path);
    }

    /// <summary>Keys for many devices, without the care for the disk that makes each take its time.</summary>
    public static void NewKeys(string folder, string[] names)
    {
        Directory.CreateDirectory(folder);
        FileStreamOptions own = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            own.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        foreach (string name in names)
        {
            using FileStream file = new(Path.Combine(folder, name), own);
            file.Write(RandomNumberGenerator.GetBytes(32));
        }
    }

    public static ChannelOptions Options(byte[] psk, IPEndPoint gateway) => new() { Psk = psk, Suite = 2, DiscoveryPort = 0, RendezvousPort = gateway.Port, LocalAddress = Loopback.Next() };

    public static async Task<Channel> ConnectAsync(byte[] psk, IPEndPoint gateway, CancellationToken cancellationToken = default, int features = 0)
    {
        ChannelOptions options = Options(psk, gateway);
        options.Features = features;

        // The key is taken up within a moment.
        for (int i = 0; ; i++)
        {
            await Task.Delay(300, cancellationToken);
            try
            {
                return await Channel.ConnectAsync(gateway.Address.ToString(), options, cancellationToken);
            }
            catch (SpringtailException) when (i < 3)
            {
            }
        }
    }
}
