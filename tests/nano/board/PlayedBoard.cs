using System;
using System.Text;
using System.Threading;
using Springtail.Device;
using Springtail.Transport;
using Springtail.Udp;

namespace Springtail.Board;

/// <summary>A board whose network is there, whose files are those of a folder on the desktop, and whose deep sleep is an exception.</summary>
internal sealed class PlayedBoard : IBoard, ISnapshotStore
{
    private const long TicksPerMs = 10000;
    private const long MsFromYear1To1970 = 62135596800000;

    // What outlives a sleep.
    private static byte[] s_snapshot;

    public long Now => Environment.TickCount64;

    public long SystemUtc => DateTime.UtcNow.Ticks / TicksPerMs - MsFromYear1To1970;

    public bool IsOnline => true;

    public ISnapshotStore Snapshots => this;

    public void Sleep(int time)
    {
        Thread.Sleep(time);
    }

    public string Join()
    {
        return null;
    }

    public void AskTimeServer(string host)
    {
    }

    public IDatagramTransport OpenTransport()
    {
        return new LoopbackTransport();
    }

    public byte[] ReadFile(string path, int limit)
    {
        byte[] buffer = new byte[limit + 1];
        int size = UdpSockets.ReadFile(Encoding.UTF8.GetBytes(path.Substring(path.LastIndexOf('\\') + 1)), buffer);
        if (size < 0)
        {
            return null;
        }

        byte[] file = new byte[size];
        Array.Copy(buffer, 0, file, 0, size);
        return file;
    }

    public void DeepSleep(int seconds)
    {
        Thread.Sleep(seconds * 1000);
        throw new SleptException();
    }

    public string Measure()
    {
        return nanoFramework.Runtime.Native.GC.Run(false).ToString() + " bytes of heap free, " + UdpSockets.Count().ToString() + " sockets";
    }

    public string MeasureJson()
    {
        return "\"heap\":" + nanoFramework.Runtime.Native.GC.Run(false).ToString();
    }

    public void Show(DeviceState state)
    {
        Log("state: " + DeviceStates.Name(state));
    }

    public void Log(string line)
    {
        Console.WriteLine((Environment.TickCount64 / 1000).ToString() + " s  " + line);
    }

    public void Put(byte[] snapshot)
    {
        s_snapshot = new byte[snapshot.Length];
        Array.Copy(snapshot, 0, s_snapshot, 0, snapshot.Length);
    }

    public byte[] Take()
    {
        byte[] snapshot = s_snapshot;
        s_snapshot = null;
        return snapshot;
    }
}
