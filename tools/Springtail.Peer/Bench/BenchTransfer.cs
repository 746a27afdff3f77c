using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Springtail.Peer.Transfer;
using Springtail.Transfer;
using Springtail.Transport;

namespace Springtail.Peer.Bench;

/// <summary>
/// A file on its way between two hosts, both in this process, each with its own sockets and threads. It is read, hashed, sent, written and hashed
/// as by send and receive.
/// </summary>
internal sealed class BenchTransfer : IDisposable
{
    /// <summary>The ports to hop to: few enough for a relay.</summary>
    public const int PortMin = 20_000;
    public const int PortCount = 100;

    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly ChannelListener _listener;
    private readonly Task<bool> _sender;
    private readonly Task<double> _receiver;
    private volatile FileReceiver? _side;
    private volatile bool _cancelled;

    /// <param name="file">The file.</param>
    /// <param name="folder">Where it goes; made, and deleted in the end.</param>
    /// <param name="sender">The sender's address.</param>
    /// <param name="seen">Where the receiver sees it.</param>
    /// <param name="receiver">The receiver's address.</param>
    public BenchTransfer(string file, string folder, IPAddress sender, IPAddress seen, IPAddress receiver)
    {
        _listener = Channel.Listen(Options(sender));
        _sender = Task.Factory.StartNew(() => Send(file), TaskCreationOptions.LongRunning);
        _receiver = Task.Factory.StartNew(() => Receive(folder, seen, receiver), TaskCreationOptions.LongRunning);
    }

    /// <summary>Bytes that have arrived.</summary>
    public long Bytes => _side?.Bytes ?? 0;

    /// <summary>Waits for the end; returns the seconds from the first packet until the file had its name.</summary>
    /// <exception cref="CommandException">It did not arrive.</exception>
    public double Complete()
    {
        double seconds = _receiver.GetAwaiter().GetResult();
        return _sender.GetAwaiter().GetResult() && _side!.Failed == 0 ? seconds : throw new CommandException(ExitCode.Fault, "The file did not arrive: " + TransferResult.Text(_side!.Result));
    }

    /// <summary>Breaks it off when it is not complete.</summary>
    public void Dispose()
    {
        _cancelled = true;
        Task.WaitAny(_receiver);
        _listener.Dispose();
        Task.WaitAny(_sender);
    }

    private bool Send(string file)
    {
        using Channel? channel = _listener.Accept(-1);
        if (channel == null)
        {
            return false;
        }

        using SystemFiles source = new([file]);
        using SystemSha256 hash = new();
        return FileTransfer.Run(channel, new FileSender(source, hash, null), new byte[TransferSettings.MessageSize]);
    }

    private double Receive(string folder, IPAddress seen, IPAddress address)
    {
        long begun = Stopwatch.GetTimestamp();
        using Channel channel = Channel.Connect(seen.ToString(), Options(address));
        using SystemFolder store = new(folder);
        using SystemSha256 hash = new();
        using SystemSha256 resumed = new();
        FileReceiver side = new(store, hash, resumed, 1, false, null);
        _side = side;
        byte[] buffer = new byte[TransferSettings.MessageSize];
        while (!side.IsOver)
        {
            if (_cancelled)
            {
                side.Cancel(TransferResult.Interrupted);
            }

            FileTransfer.Step(channel, side, buffer);
        }

        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        channel.Close();
        Directory.Delete(folder, recursive: true);
        return seconds;
    }

    private ChannelOptions Options(IPAddress address)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.Suite = 2;
        options.Features = 0;
        options.PortMin = PortMin;
        options.PortCount = PortCount;
        options.DiscoveryPort = 0;
        options.Transport = new SocketTransport(address);
        return options;
    }
}
