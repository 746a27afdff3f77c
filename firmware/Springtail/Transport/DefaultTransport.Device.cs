using System;
using System.Net.NetworkInformation;
using Springtail.Crypto;

namespace Springtail.Transport;

/// <summary>The transport of a channel that was given none. A desktop leaves this file out and has its own.</summary>
internal static class DefaultTransport
{
    /// <exception cref="InvalidOperationException">The board's radio does not run, so it has no random numbers that are fit for keys (PROTOCOL.md 20).</exception>
    public static IDatagramTransport Create(ChannelOptions options)
    {
        ManagedCore core = (options.Crypto ?? CryptoCore.Default) as ManagedCore;
        if (core != null && core.NeedsRadio && !IsRadioOn())
        {
            throw new InvalidOperationException("The radio of this board does not run, so its random numbers are not fit for keys: start Wi-Fi first, or give ChannelOptions.Crypto a source.");
        }

        return new UdpTransport();
    }

    private static bool IsRadioOn()
    {
        foreach (NetworkInterface candidate in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (Radio.Runs((int)candidate.NetworkInterfaceType, candidate.IPv4Address))
            {
                return true;
            }
        }

        return false;
    }
}
