using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Peer;

/// <summary>A listener for one new peer, next to the one that serves the peers with keys: its key is stored, and it is served from then on.</summary>
internal sealed class Newcomer : IDisposable
{
    private readonly ChannelListener _listener;
    private readonly string _path;
    private readonly Output _output;
    private readonly Action _paired;

    /// <param name="options">With a token.</param>
    /// <param name="path">Where the key goes.</param>
    /// <param name="output">Takes what there is to tell.</param>
    /// <param name="paired">Called, from any thread, when the key is there.</param>
    public Newcomer(ChannelOptions options, string path, Output output, Action paired)
    {
        _path = path;
        _output = output;
        _paired = paired;
        _listener = ChannelListener.Listen(options);
        if (_listener.PortsTaken > 0)
        {
            _listener.Dispose();
            throw new CommandException(ExitCode.Network, $"Another program has port {options.FixedRendezvous}, where the new peer would begin: end it, or take another with --pair-port.");
        }
    }

    /// <summary>Waits for the peer, and for another as long as the pairing has not succeeded; ends when it is disposed of, too.</summary>
    public async Task RunAsync(CancellationToken interrupted)
    {
        try
        {
            while (await _listener.AcceptAsync(interrupted) is { } channel)
            {
                if (await new PairingRun(channel, true, _path, interrupted, _output).ExecuteAsync() == ExitCode.Success)
                {
                    _paired();
                    break;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (IOException e)
        {
            _output.Error(e.Message);
        }
        catch (SpringtailException e)
        {
            _output.Warn($"{e.Message} No new peer is taken in any more.");
        }

        _listener.Dispose();
    }

    public void Dispose() => _listener.Dispose();
}
