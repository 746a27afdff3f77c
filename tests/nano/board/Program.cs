using System;
using Springtail.Crypto;
using Springtail.Device;
using Springtail.Udp;

namespace Springtail.Board;

/// <summary>Sends messages and takes their echoes, then is the application for a board; what it says, tests/nano/run-board reads.</summary>
public static class Program
{
    private const int Messages = 200;
    private const int MessageSize = 100;

    // Windows of 500 ms that the messages are spread over.
    private const int Windows = 20;
    private const int Patience = 60000;

    public static void Main()
    {
        Console.WriteLine("board: " + Free.ToString() + " bytes free at the start");
        if (CryptoCore.IsSlow(CryptoCore.Default))
        {
            CryptoCore.Use(new ManagedCore(new SystemRandom(), false));
        }

        try
        {
            Exchange();
            Console.WriteLine("board: " + UdpSockets.Count().ToString() + " sockets left, " + Free.ToString() + " bytes free after the exchange");
            while (true)
            {
                RunOnce();
            }
        }
        catch (Exception e)
        {
            Console.WriteLine("board: fault: " + e.GetType().FullName + ": " + e.Message);
            Console.WriteLine(e.StackTrace);
        }
    }

    private static long Free
    {
        get
        {
            nanoFramework.Runtime.Native.GC.Run(true);
            return nanoFramework.Runtime.Native.GC.Run(true);
        }
    }

    private static void RunOnce()
    {
        try
        {
            new Supervisor(new PlayedBoard()).Run();
        }
        catch (SleptException)
        {
            // It starts over, as a board does.
        }
    }

    private static void Exchange()
    {
        PlayedBoard board = new PlayedBoard();
        Problems problems = new Problems();
        Settings settings = SettingsReader.Read(board, problems);
        if (problems.Count != 0)
        {
            throw new InvalidOperationException(problems[0]);
        }

        using Channel channel = Channel.Connect(settings.Host, Options(settings));
        Console.WriteLine("board: connected, suite " + channel.Session.Suite.ToString());
        byte[] message = new byte[MessageSize];
        byte[] echo = new byte[MessageSize];
        ulong first = channel.Session.Window;
        long begun = board.Now;
        int sent = 0;
        int received = 0;
        while (received < Messages && board.Now - begun < Patience)
        {
            // The next one is due in its part of the windows, the last when all have passed.
            if (sent < Messages && board.Now - begun >= sent * (Windows * 500) / (Messages - 1) && channel.Session.SendRoom > 0)
            {
                message[0] = (byte)sent;
                message[MessageSize - 1] = (byte)sent;
                channel.Send(message);
                sent++;
            }

            int size = channel.Receive(echo, 5);
            if (size == Channel.Ended)
            {
                throw new InvalidOperationException("the session ended with " + channel.Session.EndCode.ToString());
            }

            if (size >= 0)
            {
                if (size != MessageSize || echo[0] != (byte)received || echo[MessageSize - 1] != (byte)received)
                {
                    throw new InvalidOperationException("message " + received.ToString() + " came back as another");
                }

                received++;
            }
        }

        Console.WriteLine("board: " + received.ToString() + " messages came back over " + (channel.Session.Window - first).ToString() + " windows");
    }

    private static ChannelOptions Options(Settings settings)
    {
        return new ChannelOptions
        {
            Psk = settings.Psk,
            Suite = settings.Suite,
            AllowSlowSuites = settings.AllowSlowSuites,
            Features = settings.Features,
            PortMin = settings.PortMin,
            PortCount = settings.PortCount,
            RendezvousPort = settings.RendezvousPort,
            DiscoveryPort = settings.DiscoveryPort,
            Keepalive = settings.Keepalive,
            Transport = new LoopbackTransport(),
        };
    }
}
