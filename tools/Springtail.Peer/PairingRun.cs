using System;
using System.IO;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Pairing;
using Springtail.Sessions;

namespace Springtail.Peer;

/// <summary>A session whose one purpose is a PSK for later (PROTOCOL.md 24): both sides store it, tell each other, and close.</summary>
/// <param name="loop">Carries the session.</param>
/// <param name="session">Just established.</param>
/// <param name="path">Where the key goes.</param>
/// <param name="interruption">Whether the user wants an end.</param>
/// <param name="output">Takes what there is to tell.</param>
internal sealed class PairingRun(PeerLoop loop, Session session, string path, Interruption interruption, Output output)
{
    // How long the session is given to close in order, and how long copies of the peer's last packets are answered then, in ms.
    private const long ClosingTime = 8000;
    private const long LingerTime = 1000;
    private const int LongestStep = 250;

    private readonly PairingExchange _exchange = new(CryptoCore.Default, session);
    private bool _stored;

    /// <summary>Runs to the end; the session is closed then.</summary>
    /// <returns>An exit code.</returns>
    public int Execute()
    {
        int code = ExitCode.Fault;
        try
        {
            code = Exchange();
        }
        finally
        {
            _exchange.Wipe();
            if (_stored && code != ExitCode.Success)
            {
                File.Delete(path);
            }
        }

        session.Close(loop.Clock.Now);
        long end = loop.Clock.Now + ClosingTime;
        RunUntil(() => session.IsOver, end);
        RunUntil(() => session.State == SessionState.Ended, loop.Clock.Now + LingerTime);
        if (code == ExitCode.Success)
        {
            output.Report(Verbosity.Minimal, "paired", $"{path} holds a new key, and {Addresses.Text(session.Peer)} has stored the same.", ("file", path), ("peer", Addresses.Text(session.Peer)));
        }

        return code;
    }

    private int Exchange()
    {
        Send(_exchange.Share());
        if (!Await("does not store a key: it needs --save-psk too"))
        {
            return Failed();
        }

        PskFile.Write(path, _exchange.Psk);
        _stored = true;
        Send(_exchange.Stored());
        if (!Await("has not stored the key"))
        {
            return Failed();
        }

        long end = loop.Clock.Now + PairingExchange.Patience;
        RunUntil(() => session.AllAcknowledged || IsOver, end);
        if (session.AllAcknowledged)
        {
            return ExitCode.Success;
        }

        output.Error("The peer may hold a key that this side has not: remove its file, and pair again.");
        return Failed();
    }

    private bool IsOver => interruption.Asked || session.IsOver;

    private int Failed() => interruption.Asked ? ExitCode.Interrupted : ExitCode.SessionLost;

    private void Send(byte[] message)
    {
        session.BeginMessage(message.Length, true);
        session.AppendMessage(message, 0, loop.Clock.Now);
        loop.Flush();
    }

    // The peer's next message; false, with a word to the user, when none comes or it is no part of a pairing.
    private bool Await(string trouble)
    {
        RunUntil(() => session.NextMessageSize >= 0 || IsOver, loop.Clock.Now + PairingExchange.Patience);
        int size = session.NextMessageSize;
        if (size >= 0)
        {
            byte[] message = CryptoCore.NewSecret(size);
            session.TakeMessage(message, 0, loop.Clock.Now);
            bool good = _exchange.Receive(message, size);
            Array.Clear(message);
            if (good)
            {
                return true;
            }
        }

        if (!interruption.Asked)
        {
            output.Error(
                size < 0 && session.State == SessionState.Ended && session.EndCode != ErrorCode.None
                    ? $"The session was {Reasons.OfEnd(session.EndCode)} before both sides had the key: pair again."
                    : $"{Addresses.Text(session.Peer)} {trouble}.");
        }

        return false;
    }

    private void RunUntil(Func<bool> holds, long end)
    {
        while (!holds() && loop.Clock.Now < end)
        {
            loop.Step((int)Math.Clamp(end - loop.Clock.Now, 1, LongestStep));
        }
    }
}
