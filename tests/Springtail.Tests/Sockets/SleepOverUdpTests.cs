using System;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>Channels that are saved and resumed, over real UDP sockets on loopback.</summary>
public sealed class SleepOverUdpTests : IDisposable
{
    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly string _host;
    private readonly ChannelListener _listener;

    public SleepOverUdpTests()
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.DiscoveryPort = 0;
        IPAddress address = Loopback.Next();
        options.Transport = new SocketTransport(address);
        _host = address.ToString();
        _listener = Channel.Listen(options);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void A_channel_goes_on_after_a_sleep_with_what_waited_for_it()
    {
        byte[] buffer = new byte[100];
        byte[]? snapshot = null;
        Channel? far = null;
        for (byte i = 0; i < 5; i++)
        {
            using Channel near = i == 0 ? Channel.Connect(_host, Options()) : Channel.Resume(_host, Options(), snapshot, [i, 1]);
            Assert.Equal(i > 0, near.Resumed);
            Assert.Equal(ErrorCode.None, near.ResumeCode);
            far ??= _listener.Accept(5000);
            if (i > 0)
            {
                Assert.Equal(2, far.Receive(buffer, 5000));
                Assert.Equal(new byte[] { i, 1 }, buffer[..2]);
                Assert.Equal(1, near.Receive(buffer, 5000));
                Assert.Equal(i, buffer[0]);
            }

            near.Send([i]);
            snapshot = near.Snapshot(60, 10000);
            Assert.NotNull(snapshot);
            Assert.False(near.IsOpen);
            Assert.Equal(1, far.Receive(buffer, 5000));
            Assert.Equal(SessionState.Asleep, far.Session.State);
            Assert.True(far.IsOpen);
            far.Send([(byte)(i + 1)]);
        }
    }

    [Fact]
    public void A_message_that_waits_keeps_a_channel_from_being_saved()
    {
        using Channel near = Channel.Connect(_host, Options());
        using Channel far = _listener.Accept(5000);
        far.Send([7]);
        byte[] buffer = new byte[10];
        Assert.True(SpinWait.SpinUntil(() => near.Session.NextMessageSize >= 0, 5000));

        Assert.Null(near.Snapshot(60, 10000));
        Assert.True(near.IsOpen);
        Assert.Equal(1, near.Receive(buffer, 0));
        Assert.NotNull(near.Snapshot(60, 10000));
        Assert.Throws<SpringtailException>(() => far.Snapshot(60, 10));
    }

    [Fact]
    public void A_snapshot_that_is_none_leads_to_a_new_session()
    {
        using Channel near = Channel.Resume(_host, Options(), new byte[40], [1]);
        Assert.False(near.Resumed);
        Assert.Equal(ErrorCode.UnsupportedVersion, near.ResumeCode);
        near.Send([2]);
        byte[] buffer = new byte[10];
        Channel far = _listener.Accept(5000);
        for (byte i = 1; i <= 2; i++)
        {
            Assert.Equal(1, far.Receive(buffer, 5000));
            Assert.Equal(i, buffer[0]);
        }

        Assert.Throws<ArgumentException>(() => Channel.Resume(_host, Options(), near.Snapshot(60, 10000), new byte[10000]));
    }

    private ChannelOptions Options() => new() { Psk = _psk, DiscoveryPort = 0, LocalAddress = Loopback.Next() };
}
