using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Crypto;
using Springtail.Pairing;

namespace Springtail.Peer;

/// <summary>A channel whose one purpose is a PSK for later (PROTOCOL.md 24): both sides store it, tell each other, and close.</summary>
/// <param name="channel">Just connected.</param>
/// <param name="isServer">True on the side that listened.</param>
/// <param name="path">Where the key goes.</param>
/// <param name="interrupted">Cancelled when the user wants an end.</param>
/// <param name="output">Takes what there is to tell.</param>
internal sealed class PairingRun(Channel channel, bool isServer, string path, CancellationToken interrupted, Output output)
{
    // How long the channel is given to close in order.
    private static readonly TimeSpan s_closingTime = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_interruptedTime = TimeSpan.FromMilliseconds(500);

    private readonly PairingExchange _exchange = new(CryptoCore.Default, channel.Status.SessionId, isServer);
    private readonly string _peer = Addresses.Text(channel.Status.Peer);
    private bool _stored;

    /// <summary>Runs to the end; the channel is closed then.</summary>
    /// <returns>An exit code.</returns>
    public async Task<int> ExecuteAsync()
    {
        int code = ExitCode.Fault;
        try
        {
            code = await ExchangeAsync();
        }
        catch (SpringtailException)
        {
            output.Error($"The session was {Reasons.OfEnd(channel.Status)} before both sides had the key: pair again.");
            code = ExitCode.SessionLost;
        }
        catch (OperationCanceledException)
        {
            code = ExitCode.Interrupted;
        }
        finally
        {
            _exchange.Wipe();
            if (_stored && code != ExitCode.Success)
            {
                File.Delete(path);
            }
        }

        using CancellationTokenSource enough = new(interrupted.IsCancellationRequested ? s_interruptedTime : s_closingTime);
        try
        {
            await channel.CloseAsync(enough.Token);
            await channel.DisposeAsync();
        }
        catch (OperationCanceledException)
        {
            channel.Dispose();
        }

        if (code == ExitCode.Success)
        {
            output.Report(Verbosity.Minimal, "paired", $"{path} holds a new key, and {_peer} has stored the same.", ("file", path), ("peer", _peer));
        }

        return code;
    }

    private async Task<int> ExchangeAsync()
    {
        await channel.SendAsync(_exchange.Share(), interrupted);
        if (!await TakeAsync("does not store a key: it needs --save-psk too"))
        {
            return ExitCode.SessionLost;
        }

        PskFile.Write(path, _exchange.Psk);
        _stored = true;
        await channel.SendAsync(_exchange.Stored(), interrupted);
        if (!await TakeAsync("has not stored the key"))
        {
            return ExitCode.SessionLost;
        }

        using CancellationTokenSource patience = Patience();
        try
        {
            if (await channel.WaitForAcknowledgmentsAsync(patience.Token))
            {
                return ExitCode.Success;
            }
        }
        catch (OperationCanceledException) when (!interrupted.IsCancellationRequested)
        {
        }

        output.Error("The peer may hold a key that this side has not: remove its file, and pair again.");
        return ExitCode.SessionLost;
    }

    // The peer's next message; false, with a word to the user, when none comes or it is no part of a pairing.
    private async Task<bool> TakeAsync(string trouble)
    {
        using CancellationTokenSource patience = Patience();
        ReceiveResult result = default;
        try
        {
            result = await channel.ReceiveAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!interrupted.IsCancellationRequested)
        {
        }

        if (result.HasMessage)
        {
            byte[] message = CryptoCore.NewSecret(result.Message.Data.Length);
            result.Message.Data.CopyTo(message);
            bool good = _exchange.Receive(message, message.Length);
            Array.Clear(message);
            MemoryMarshal.AsMemory(result.Message.Data).Span.Clear();
            if (good)
            {
                return true;
            }
        }

        ChannelStatus status = channel.Status;
        output.Error(
            status.EndReason is not (EndReason.None or EndReason.Closed)
                ? $"The session was {Reasons.OfEnd(status)} before both sides had the key: pair again."
                : $"{_peer} {trouble}.");
        return false;
    }

    private CancellationTokenSource Patience()
    {
        CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        patience.CancelAfter(PairingExchange.Patience);
        return patience;
    }
}
