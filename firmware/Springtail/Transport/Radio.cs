namespace Springtail.Transport;

/// <summary>
/// Whether a board's radio runs: the generator of an ESP32 makes true random numbers from then on, and managed code has no other way to know. The native
/// core asks the Wi-Fi driver instead.
/// </summary>
internal static class Radio
{
    // Of NetworkInterfaceType, as nanoFramework counts.
    private const int Wireless80211 = 71;
    private const int WirelessAccessPoint = 72;

    /// <summary>An interface of that type with that IPv4 address, null for none, has its radio on: it has joined a network, or is one.</summary>
    public static bool Runs(int type, string address)
    {
        return (type == Wireless80211 || type == WirelessAccessPoint) && address != null && address.Length != 0 && address != "0.0.0.0";
    }
}
