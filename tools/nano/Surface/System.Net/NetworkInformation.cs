using System;
using System.Threading;

namespace System.Net.NetworkInformation
{
    public enum NetworkInterfaceType
    {
        Unknown = 1,
        Ethernet = 6,
        Wireless80211 = 71,
        WirelessAP = 72,
    }

    public class NetworkInterface
    {
        protected NetworkInterface(int interfaceIndex) => throw null;
        public static NetworkInterface[] GetAllNetworkInterfaces() => throw null;
        public static bool GetIsNetworkAvailable() => throw null;
        public string IPv4Address => throw null;
        public string IPv4GatewayAddress => throw null;
        public string IPv4SubnetMask => throw null;
        public string[] IPv4DnsAddresses => throw null;
        public bool IsDhcpEnabled => throw null;
        public bool IsAutomaticDnsEnabled => throw null;
        public byte[] PhysicalAddress { get => throw null; set => throw null; }
        public NetworkInterfaceType NetworkInterfaceType => throw null;
        public uint SpecificConfigId { get => throw null; set => throw null; }
        public void EnableDhcp() => throw null;
        public void EnableStaticIPv4(string ipv4Address, string ipv4SubnetMask, string ipv4GatewayAddress) => throw null;
    }

    public class Wireless80211Configuration
    {
        public Wireless80211Configuration(uint id) => throw null;
        public uint Id => throw null;
        public string Ssid { get => throw null; set => throw null; }
        public string Password { get => throw null; set => throw null; }
        public void SaveConfiguration() => throw null;
        public static Wireless80211Configuration[] GetAllWireless80211Configurations() => throw null;
    }

    public static class IPGlobalProperties
    {
        public static IPAddress GetIPAddress() => throw null;
    }

    public class NetworkAvailabilityEventArgs : EventArgs
    {
        internal NetworkAvailabilityEventArgs() => throw null;
        public bool IsAvailable => throw null;
    }

    public delegate void NetworkAddressChangedEventHandler(object sender, EventArgs e);

    public delegate void NetworkAvailabilityChangedEventHandler(object sender, NetworkAvailabilityEventArgs e);

    public static class NetworkChange
    {
        public static event NetworkAddressChangedEventHandler NetworkAddressChanged { add => throw null; remove => throw null; }
        public static event NetworkAvailabilityChangedEventHandler NetworkAvailabilityChanged { add => throw null; remove => throw null; }
    }
}

namespace nanoFramework.Networking
{
    public class IPConfiguration
    {
        public IPConfiguration(string ipv4Address, string ipv4SubnetMask, string ipv4GatewayAddress, string[] ipv4DnsAddresses = null) => throw null;
        public string IPAddress { get => throw null; set => throw null; }
        public string IPSubnetMask { get => throw null; set => throw null; }
        public string IPGatewayAddress { get => throw null; set => throw null; }
        public string[] IPDns { get => throw null; set => throw null; }
    }

    public enum NetworkHelperStatus
    {
        None = 0,
        Started = 1,
        NetworkIsReady = 2,
        FailedNoNetworkInterface = 3,
        TokenExpiredWaitingIPAddress = 4,
        TokenExpiredWaitingDateTime = 5,
        ErrorConnetingToWiFiWhileScanning = 6,
        ExceptionOccurred = 7,
        Reconnecting = 8,
    }

    public static class NetworkHelper
    {
        public static ManualResetEvent NetworkReady => throw null;
        public static NetworkHelperStatus Status => throw null;
        public static Exception HelperException => throw null;
        public static void SetupNetworkHelper(bool requiresDateTime = false) => throw null;
        public static void SetupNetworkHelper(IPConfiguration ipConfiguration, bool requiresDateTime = false) => throw null;
        public static bool SetupAndConnectNetwork(CancellationToken token = default, bool requiresDateTime = false) => throw null;
        public static bool SetupAndConnectNetwork(IPConfiguration ipConfiguration, CancellationToken token = default, bool requiresDateTime = false) => throw null;
        public static void Reset() => throw null;
    }
}
