using System;
using System.Threading;
using nanoFramework.Runtime.Native;

namespace Springtail.Device;

/// <summary>Starts the application, and starts it over after a fault: Main never ends.</summary>
public static class Program
{
    // In ms.
    private const int Pause = 5000;

    // So many faults in a row, none of which a session came between, and the board itself starts over.
    private const int FaultsToReboot = 10;

    public static void Main()
    {
        Console.WriteLine("Springtail device: settings in " + SettingsReader.SettingsPath + ", key in " + SettingsReader.PskPath);
        int faults = 0;
        while (true)
        {
            faults = RunOnce() ? 1 : faults + 1;
            Thread.Sleep(Pause);
            if (faults >= FaultsToReboot)
            {
                Reboot();
            }
        }
    }

    private static void Reboot()
    {
        try
        {
            Say("fault: the board starts over");
            Power.RebootDevice();
        }
        catch (Exception)
        {
            // A board that cannot goes on without.
        }
    }

    // True when there was a session before the fault. The supervisor and all it holds is garbage before anything is said of it.
    private static bool RunOnce()
    {
        Supervisor supervisor = null;
        Exception fault = null;
        try
        {
            supervisor = new Supervisor(new Esp32Board());
            supervisor.Run();
        }
        catch (Exception e)
        {
            fault = e;
        }

        bool worked = supervisor != null && supervisor.SessionCount > 0;
        supervisor = null;
        try
        {
            nanoFramework.Runtime.Native.GC.Run(false);
            Say("fault: " + fault.GetType().FullName + ": " + fault.Message + "; starting over");
            Say(fault.StackTrace);
        }
        catch (Exception)
        {
            // No memory to say it with.
        }

        return worked;
    }

    private static void Say(string line)
    {
        if (line != null)
        {
            Console.WriteLine(line);
        }
    }
}
