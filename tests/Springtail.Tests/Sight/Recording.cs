using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NFUnitTest;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Peer.Explain;
using Springtail.Sessions;
using Springtail.Tests.Discovery;
using Springtail.Tests.Simulation;
using Springtail.Tests.Transfer;
using Springtail.Transfer;
using Springtail.Transport;

namespace Springtail.Tests.Sight;

/// <summary>
/// A capture of many sessions, with the key log that both sides wrote, and between them datagrams that are none of Springtail's. It is made once for all tests.
/// </summary>
internal sealed class Recording
{
    /// <summary>One for each suite with and without features: loss, rekey, sleep, resume from another address, close.</summary>
    public static readonly (int Suite, int Features)[] Lives = [(1, 0), (1, 3), (2, 2), (3, 1), (4, 0), (5, 0)];

    private static readonly Lazy<Recording> s_one = new(() => new Recording());

    private readonly CaptureWriter _writer;
    private readonly KeyLog _keyLog;
    private readonly HashSet<int> _frames = [];
    private readonly Random _random = new(7);
    private long _shift;
    private long _last;

    private Recording()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("springtail-sight-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(true);
        Capture = Path.Combine(folder.FullName, "capture.pcapng");
        Keys = Path.Combine(folder.FullName, "keys.log");
        _keyLog = new KeyLog(Keys);
        using FileStream stream = File.Create(Capture);
        _writer = new CaptureWriter(stream, new CaptureForm(Pcapng: true));
        uint seed = 700;
        foreach ((int suite, int features) in Lives)
        {
            Live(seed++, suite, features);
            Foreign(100);
        }

        Transfer(seed++);
        Emergency(seed++);
        Continue(seed++);
        Unanswered(seed++);
        Clock(seed++);
        Discover(seed++);
        Foreign(1000);
        stream.Flush();
    }

    public static Recording One => s_one.Value;

    public string Capture { get; }

    public string Keys { get; }

    /// <summary>The frames that are Springtail's.</summary>
    public IReadOnlySet<int> Frames => _frames;

    /// <summary>All frames.</summary>
    public int Count => _writer.Frames;

    /// <summary>The frames as the project's own code opens them, by their numbers.</summary>
    public Dictionary<int, OpenedPacket> Open()
    {
        using StreamReader keys = new(Keys);
        Unsealer unsealer = new(CryptoCore.Default, LoggedKeys.Read(keys));
        using FileStream stream = File.OpenRead(Capture);
        return CaptureFile.Open(stream).Read().Select(unsealer.Open).OfType<OpenedPacket>().ToDictionary(p => p.Datagram.Frame);
    }

    private World NewWorld(uint seed, int loss = 0)
    {
        // A session after the other.
        _shift = _last == 0 ? 0 : _shift + 3_600_000;
        World world = new(seed);
        world.Net.LossPercent = loss;
        world.Net.Tap = new Tap(d => Note(world, d));
        return world;
    }

    private bool Note(World world, Captured datagram)
    {
        _last = world.ServerHost.UtcNow + _shift;
        _writer.Write(_last, datagram.From, datagram.To, datagram.Bytes);
        _frames.Add(_writer.Frames);
        return true;
    }

    private ChannelOptions Logged(ChannelOptions options)
    {
        options.KeyLog = _keyLog;
        options.IsPlain = false;
        return options;
    }

    private void Live(uint seed, int suite, int features)
    {
        World world = NewWorld(seed);
        ChannelOptions server = Logged(World.ServerOptions());
        ChannelOptions options = Logged(World.ClientOptions(features, suite));
        if (suite >= 4)
        {
            server.Token = options.Token = "apple-zebra";
            server.Suite = suite;
        }

        world.StartServer(server);
        Sleeper device = new(world, options, world.Net.Host(2));
        world.Net.LossPercent = 12;
        world.Net.DuplicatePercent = 5;
        world.Net.Jitter = 20;
        for (byte i = 0; i < 8; i++)
        {
            device.Deliver([i, .. Pipe.Random(i, i * 400)]);
        }

        world.Net.LossPercent = 5;
        device.Near.Rekey(world.Now);
        world.RunUntil(() => device.Near.Rekeys == 1 && device.Far.Rekeys == 1, 60000, "the rekey");
        device.Deliver([9]);
        device.Far.BeginMessage(3, true);
        device.Far.AppendMessage([1, 2, 3], 0, world.Now);
        world.Flush();
        world.RunUntil(() => Link.Take(device.Near, world.Now) != null, 60000, "a message of the server");
        world.Run(2000);
        byte[] snapshot = device.Save(600);
        world.Net.LossPercent = 0;
        world.Run(600000);
        device.Wake(snapshot, [10], world.Net.Host(3));
        device.AwaitDelivery([10]);
        world.Run(3000);
        device.Near.Close(world.Now);
        world.Flush();
        world.RunUntil(() => device.Near.State is SessionState.Closed or SessionState.Ended && device.Far.State is SessionState.Closed or SessionState.Ended, 60000, "the close");
    }

    private void Transfer(uint seed)
    {
        const int Size = 8 * DataPayload.FragmentSize;
        World world = NewWorld(seed, 5);
        ChannelOptions Options(ChannelOptions options)
        {
            options.Token = "ocean-tiger";
            options.MaxMessageSize = Size;
            options.ReceiveAhead = 64;
            options.SendBuffers = 64;
            options.SendsLargePackets = true;
            return Logged(options);
        }

        world.StartServer(Options(ChannelOptions.ForServer()));
        Link link = world.Connect(Options(World.ClientOptions(0, 5)));
        MemoryFolder from = new();
        from.Add("a/b", Pipe.Random(1, 100_000));
        from.Add("c", Pipe.Random(2, 3_000));
        SessionTransfer sender = new(link.Server, new FileSender(from, new SystemSha256(), null), new byte[Size]);
        FileReceiver files = new(new MemoryFolder(), new SystemSha256(), new SystemSha256(), 100, false, null);
        SessionTransfer receiver = new(link.Near, files, new byte[Size]);
        world.RunUntil(
            () =>
            {
                sender.Work(world.Now);
                receiver.Work(world.Now);
                world.Flush();
                return sender.IsOver && receiver.IsOver;
            },
            600_000, "the transfer");
        link.Near.Close(world.Now);
        world.Flush();
        world.Run(2000);
    }

    // Keys that no longer agree, as in EmergencyTests; a new handshake is kept off.
    private void Emergency(uint seed)
    {
        World world = NewWorld(seed);
        world.StartServer(Logged(World.ServerOptions()));
        Link link = world.Connect(Logged(World.ClientOptions(1, 1)));
        link.Exchange(3, 1000, 5000);
        (Session near, Session far) = (link.Near, link.Server);
        EpochKeys keys = far.Epochs.Current;
        foreach (byte[] key in new[] { keys.SessionKey, keys.ClientKey, keys.ServerKey, keys.AuthenticationKey })
        {
            key[7] ^= 0x20;
        }

        // What the server sends under those keys nobody can open, and it is lost.
        byte[] daily = LongTermKeys.DailyKey(TestCore.Instance, World.Psk, Dates.Date((ulong)world.ServerHost.UtcNow));
        byte[] mask = LongTermKeys.MaskKey(TestCore.Instance, daily);
        world.Net.Tap = new Tap(d => d.FromServer ? !IsOf(d, near.MaskKey) && Note(world, d) : !IsSyn(d) && Note(world, d));
        link.TrySend(near, [2]);
        world.RunUntil(() => near.Successor != null && far.Successor != null, 145000, "the emergency");
        Link renewed = new(world, link.Client, far.Successor!);
        world.Run(3000);
        while (Link.Take(far.Successor!, world.Now) != null)
        {
        }

        renewed.Exchange(5, 1000, 10000);

        bool IsSyn(Captured d)
        {
            byte[] copy = [.. d.Bytes];
            return TestCore.Instance.UnmaskPacket(copy, 0, copy.Length, mask) && Packet.Type(copy) == PacketType.Syn;
        }
    }

    private static bool IsOf(Captured d, byte[] mask) => TestCore.Instance.UnmaskPacket([.. d.Bytes], 0, d.Bytes.Length, mask);

    // A server that is cut off: the client begins a new session beside it, which continues the first.
    private void Continue(uint seed)
    {
        World world = NewWorld(seed);
        world.StartServer(Logged(World.ServerOptions()));
        Link link = world.Connect(Logged(World.ClientOptions(0, 2)));
        link.Exchange(3, 1000, 5000);
        Session before = link.Near;
        world.Net.Tap = new Tap(d => Note(world, d) && (d.FromServer || !IsOf(d, before.MaskKey)));
        link.TrySend(before, [1, 2, 3]);
        world.RunUntil(() => link.Near.Id != before.Id && link.Near.State == SessionState.Established, 60000, "the session that continues it");
        world.Run(3000);
        link.Near.Abort(ErrorCode.Terminated, world.Now);
        world.Flush();
        world.Run(100);
    }

    private void Unanswered(uint seed)
    {
        World world = NewWorld(seed);
        world.StartClient(Logged(World.ClientOptions(0, 2)));
        world.Run(10000);
    }

    private void Clock(uint seed)
    {
        World world = NewWorld(seed);
        world.StartServer(Logged(World.ServerOptions()));
        MemoryTransport device = world.Net.Host(2);
        Endpoint discovery = new();
        discovery.CopyFrom(world.ServerHost.Address);
        discovery.Port = DiscoveryWire.Port;
        ClockQuery query = new(TestCore.Instance, Logged(World.ClientOptions()), discovery, device.Now);
        world.Add(device, query);
        world.RunUntil(() => query.Done, 1000, "the time");
    }

    private void Discover(uint seed)
    {
        World world = NewWorld(seed);
        byte[][] psks = DiscoveryWire.Psks(5, 1);
        ChannelOptions options = World.ServerOptions();
        options.Psks = psks;
        options.RendezvousPort = 1024;
        options.Discovery = new PskDiscovery { MaxExchanges = 16 };
        world.StartServer(options);
        Endpoint responder = new();
        responder.CopyFrom(world.ServerHost.Address);
        responder.Port = DiscoveryWire.Port;
        foreach (bool proofs in new[] { false, true })
        {
            MemoryTransport host = world.Net.Host(proofs ? 3 : 2);
            Initiator initiator = new(world.Core, DiscoveryWire.With(DiscoveryWire.Psks(3, 2), 1, psks[4]), responder, proofs, null, host.Now);
            world.Add(host, initiator);
            world.RunUntil(() => initiator.Done, 20000, "the end of the discovery");
        }
    }

    // DNS, and what begins as QUIC and DTLS do, and random bytes of all sizes, some at ports that Springtail hops over.
    private void Foreign(int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = new byte[42 + _random.Next(1159)];
            _random.NextBytes(bytes);
            int port = 24576 + _random.Next(1024);
            switch (i % 5)
            {
                case 0:
                    bytes = [(byte)i, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, .. "springtail"u8, 7, .. "example"u8, 0, 0, 1, 0, 1, .. new byte[20]];
                    port = 53;
                    break;
                case 1:
                    byte[] quic = [0xC3, 0, 0, 0, 1, 8, .. bytes[..8], 0, 0, 0x44, 0xB0];
                    quic.CopyTo(bytes, 0);
                    port = 443;
                    break;
                case 2:
                    bytes[0] = (byte)(0x40 | (bytes[0] & 0x3F));
                    port = 443;
                    break;
                case 3:
                    byte[] dtls = [23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, (byte)i, (byte)((bytes.Length - 13) >> 8), (byte)(bytes.Length - 13)];
                    dtls.CopyTo(bytes, 0);
                    port = 4433;
                    break;
            }

            Endpoint from = DiscoveryWire.Address(2, 40000 + _random.Next(1000));
            Endpoint to = DiscoveryWire.Address(1, port);
            _writer.Write(_last + i, i % 2 == 0 ? from : to, i % 2 == 0 ? to : from, bytes);
        }
    }
}
