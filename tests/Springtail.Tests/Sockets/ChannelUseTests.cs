using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>What a channel makes of wrong arguments, of calls after its end and of many threads, over real UDP sockets on loopback.</summary>
public sealed class ChannelUseTests
{
    private const int Patience = 60_000;

    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly IPAddress _address = Loopback.Next();
    private readonly byte[] _buffer = new byte[100];

    [Fact]
    public void Wrong_arguments_are_refused_at_once()
    {
        ChannelOptions good = Options();
        Assert.Throws<ArgumentException>(() => Channel.Connect(null, good));
        Assert.Throws<ArgumentException>(() => Channel.Connect("", good));
        Assert.Throws<ArgumentException>(() => Channel.Connect("localhost", null));
        Assert.Throws<ArgumentException>(() => Channel.Resume(null, good, null, null));
        Assert.Throws<ArgumentException>(() => Channel.AskClock("", good, 1));
        Assert.Throws<ArgumentException>(() => Channel.Discover("localhost", null, 1));
        Assert.Throws<ArgumentException>(() => Channel.Listen(null));
        Assert.Throws<ArgumentException>(() => Channel.Listen(new ChannelOptions { Psks = [] }));
        Assert.Throws<ArgumentException>(() => Channel.Listen(new ChannelOptions { Psk = _psk, MaxMessageSize = 292_996 }));
        Assert.Throws<ArgumentException>(() => Channel.Listen(new ChannelOptions { Psk = _psk, MaxMessageSize = int.MaxValue }));

        using ChannelListener listener = Listen();
        using Channel near = Channel.Connect(_address.ToString(), good);
        Assert.Throws<ArgumentException>(() => near.Send(null));
        Assert.Throws<ArgumentException>(() => near.Send(_buffer, 99, 2, true));
        Assert.Throws<ArgumentException>(() => near.Send(_buffer, 1, int.MaxValue, true));
        Assert.Throws<ArgumentException>(() => near.Receive(null, 0));
        Assert.Equal(ErrorCode.MessageTooLarge, Assert.Throws<SpringtailException>(() => near.Send(new byte[292_996])).Code);
        near.Send([7]);
        using Channel far = listener.Accept(Patience);
        Assert.Equal(ErrorCode.MessageTooLarge, Assert.Throws<SpringtailException>(() => far.Receive([], Patience)).Code);
        Assert.Equal(1, far.Receive(_buffer, 0));
        Assert.Equal(7, _buffer[0]);
        Assert.True(near.WaitForAcknowledgments(-1));
    }

    [Fact]
    public void A_transport_whose_channel_has_ended_serves_no_other()
    {
        using ChannelListener listener = Listen();
        ChannelOptions options = Options();
        options.Transport = new SocketTransport(Loopback.Next());
        Channel.Connect(_address.ToString(), options).Dispose();
        Assert.Throws<ObjectDisposedException>(() => Channel.Connect(_address.ToString(), options));
        Assert.Throws<ObjectDisposedException>(() => Channel.Listen(options));
    }

    [Fact]
    public async Task A_channel_that_has_ended_says_so_and_is_disposed_of_as_often_as_one_likes()
    {
        ChannelListener listener = Listen();
        Channel near = Channel.Connect(_address.ToString(), Options());
        Channel far = listener.Accept(Patience);
        Task<int> waiting = Task.Run(() => near.Receive(_buffer, -1));
        Task<Channel> accepting = Task.Run(() => listener.Accept(-1));
        Task<int> closing = Task.Run(far.Close);
        Assert.Equal(Channel.Ended, await waiting);
        Assert.Equal(0, await closing);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0, near.Close());
            Assert.Equal(ErrorCode.Terminated, Assert.Throws<SpringtailException>(() => near.Send([1])).Code);
            Assert.Equal(Channel.Ended, near.Receive(_buffer, -1));
            Assert.Null(near.Snapshot(0, -1));
            Assert.False(near.IsOpen);
            near.Dispose();
            far.Dispose();
        }

        for (int i = 0; i < 2; i++)
        {
            listener.Close();
            listener.Dispose();
        }

        Assert.Null(await accepting);
        Assert.Null(listener.Accept(-1));
        Assert.Equal(Channel.Ended, far.Receive(_buffer, -1));
    }

    [Fact]
    public async Task Many_threads_send_and_take_and_each_message_goes_once()
    {
        const int threads = 4;
        const int each = 10;
        using ChannelListener listener = Listen();

        // A message of two packets is sent in two steps, between which another thread could begin its own.
        ChannelOptions options = Options();
        options.SendBuffers = 1;
        using Channel near = Channel.Connect(_address.ToString(), options);
        using Channel far = listener.Accept(Patience);
        ConcurrentQueue<int> taken = new();
        Task[] takers = [.. Enumerable.Range(0, 3).Select(_ => OnThread(() =>
        {
            byte[] buffer = new byte[2000];
            while (far.Receive(buffer, -1) >= 0)
            {
                taken.Enqueue(BitConverter.ToInt32(buffer));
            }
        }))];

        await Task.WhenAll(Enumerable.Range(0, threads).Select(t => OnThread(() =>
        {
            for (int i = 0; i < each; i++)
            {
                byte[] message = new byte[2000];
                BitConverter.TryWriteBytes(message, t * each + i);
                near.Send(message);
            }
        })));
        Assert.Equal(0, near.Close());
        await Task.WhenAll(takers);
        Assert.Equal(Enumerable.Range(0, threads * each), taken.Order());
    }

    /// <summary>A thread that looks again and again reads the clock each time.</summary>
    [Fact]
    public async Task A_thread_that_waits_for_room_sleeps()
    {
        const int most = 5000;
        TimeSpan watched = TimeSpan.FromMilliseconds(500);
        using ChannelListener listener = Listen();
        CountingClock clock = new();
        ChannelOptions options = Options();
        options.Clock = clock;
        using Channel near = Channel.Connect(_address.ToString(), options);
        using Channel far = listener.Accept(Patience);
        Task sending = OnThread(() =>
        {
            while (true)
            {
                near.Send(new byte[1000]);
            }
        });

        // Nobody receives at the far end. Whether the last wait for room has begun is not to be seen.
        Assert.True(SpinWait.SpinUntil(() => near.Status.SendRoom == 0, Patience));
        await Task.Delay(watched);
        long before = clock.Reads;
        await Task.Delay(watched);
        long reads = clock.Reads - before;
        near.Dispose();
        await Assert.ThrowsAsync<SpringtailException>(() => sending);
        Assert.InRange(reads, 0, most);
    }

    // The pool would let them begin one after the other.
    private static Task OnThread(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private ChannelOptions Options() => new() { Psk = _psk, DiscoveryPort = 0, LocalAddress = Loopback.Next() };

    private ChannelListener Listen()
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.DiscoveryPort = 0;
        options.Transport = new SocketTransport(_address);
        return Channel.Listen(options);
    }

    private sealed class CountingClock : IClock
    {
        private readonly SystemClock _clock = new();
        private long _reads;

        public long Reads => Interlocked.Read(ref _reads);

        public long Now
        {
            get
            {
                Interlocked.Increment(ref _reads);
                return _clock.Now;
            }
        }

        public long UtcNow => _clock.UtcNow;
    }
}
