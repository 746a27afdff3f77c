using System;
using System.Device.Wifi;
using System.Net.NetworkInformation;
using System.Threading;
using nanoFramework.Networking;
using Springtail.Crypto;
using Springtail.Native;
using Springtail.Transport;
using EspSleep = nanoFramework.Hardware.Esp32.Sleep;

namespace Springtail.Device;

/// <summary>An ESP32 with nanoFramework's firmware. The state goes to the log, as a line.</summary>
public sealed class Esp32Board : IBoard
{
    private const long TicksPerMs = 10000;
    private const long MsFromYear1To1970 = 62135596800000;

    // The firmware joins by itself at start and after a loss; only when that does not help is it told to, in ms.
    private const int OwnAccord = 10000;
    private const int AddressPatience = 20000;
    private const int Look = 250;

    private WifiAdapter _wifi;

    // No method of it but Probe may be called where it is missing (NativeCrypto.Probe).
    private static bool HasModule => !CryptoCore.IsSlow(CryptoCore.Default);

    public ISnapshotStore Snapshots { get; } = HasModule ? (ISnapshotStore)new RetainedStore() : new FileStore();

    public long Now => Environment.TickCount64;

    public long SystemUtc => DateTime.UtcNow.Ticks / TicksPerMs - MsFromYear1To1970;

    public bool IsOnline => Address() != null;

    public void Sleep(int time)
    {
        Thread.Sleep(time);
    }

    public string Join()
    {
        string ssid = null;
        string password = null;
        foreach (Wireless80211Configuration configuration in Wireless80211Configuration.GetAllWireless80211Configurations())
        {
            if (ssid == null || ssid.Length == 0)
            {
                ssid = configuration.Ssid;
                password = configuration.Password;
            }
        }

        if (ssid == null || ssid.Length == 0)
        {
            return "wifi: no network is stored on this board; the nanoff command that \"springtail provision --wifi NAME\" prints stores one.";
        }

        if (!WaitForAddress(OwnAccord))
        {
            string refusal = Tell(ssid, password ?? "");
            if (refusal != null)
            {
                return "wifi: " + ssid + ": " + refusal;
            }

            if (!WaitForAddress(AddressPatience))
            {
                return "wifi: " + ssid + ": joined, but it assigned no address in 20 s; look at its DHCP server.";
            }
        }

        Log("wifi: " + ssid + ", address " + Address());
        return null;
    }

    public void AskTimeServer(string host)
    {
        Sntp.Server1 = host;
        if (!Sntp.IsStarted)
        {
            Sntp.Start();
        }

        Sntp.UpdateNow();
    }

    public IDatagramTransport OpenTransport()
    {
        return new UdpTransport();
    }

    public byte[] ReadFile(string path, int limit)
    {
        return BoardFile.Read(path, limit);
    }

    // The timer's wake-up starts the firmware anew, and with it Main.
    public void DeepSleep(int seconds)
    {
        EspSleep.EnableWakeupByTimer(TimeSpan.FromSeconds(seconds));
        EspSleep.StartDeepSleep();
        Thread.Sleep(Timeout.Infinite);
    }

    public string Measure()
    {
        return Reading.Text(Now, FreeHeap(), Signal(), Temperature());
    }

    public string MeasureJson()
    {
        return Reading.Json(Now, FreeHeap(), Signal(), Temperature());
    }

    public void Show(DeviceState state)
    {
        Log("state: " + DeviceStates.Name(state));
    }

    public void Log(string line)
    {
        Console.WriteLine((Environment.TickCount64 / 1000).ToString() + " s  " + line);
    }

    private static uint FreeHeap()
    {
        return nanoFramework.Runtime.Native.GC.Run(false);
    }

    private static int Signal()
    {
        return HasModule ? NativeCrypto.Signal() : Reading.Unknown;
    }

    private static int Temperature()
    {
        return HasModule ? NativeCrypto.Temperature() : Reading.Unknown;
    }

    // Null when the network took the board in; otherwise why not.
    private string Tell(string ssid, string password)
    {
        if (_wifi == null)
        {
            // Each call makes new adapters that stay known to the event listener, so one is kept.
            WifiAdapter[] adapters = WifiAdapter.FindAllAdapters();
            if (adapters.Length == 0)
            {
                return "this board's firmware has no Wi-Fi.";
            }

            _wifi = adapters[0];
        }

        switch (_wifi.Connect(ssid, WifiReconnectionKind.Automatic, password).ConnectionStatus)
        {
            case WifiConnectionStatus.Success:
                return null;
            case WifiConnectionStatus.InvalidCredential:
                return "it refused the password, or the signal is too weak to check it.";
            case WifiConnectionStatus.Timeout:
                return "no answer in 20 s.";
            default:
                // The firmware says no more: it gives up a join of its own first, and takes its end for this one's.
                return "it could not be joined: is it near, and on 2.4 GHz? An ESP32 hears no other. Is the password right?";
        }
    }

    private bool WaitForAddress(int patience)
    {
        long end = Now + patience;
        while (!IsOnline)
        {
            if (Now >= end)
            {
                return false;
            }

            Sleep(Look);
        }

        return true;
    }

    private static string Address()
    {
        foreach (NetworkInterface candidate in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (candidate.NetworkInterfaceType == NetworkInterfaceType.Wireless80211 || candidate.NetworkInterfaceType == NetworkInterfaceType.Ethernet)
            {
                string address = candidate.IPv4Address;
                if (address != null && address.Length != 0 && address != "0.0.0.0")
                {
                    return address;
                }
            }
        }

        return null;
    }
}
