using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Peer.Explain;

/// <summary>The keys of a key log (tools/wireshark/README.md).</summary>
internal sealed class LoggedKeys
{
    private readonly Dictionary<ulong, LoggedSession> _sessions = [];

    /// <summary>Keys of sessions, by session_id.</summary>
    public IReadOnlyDictionary<ulong, LoggedSession> Sessions => _sessions;

    /// <summary>Masks and tag keys of SYN and SYN_ACK, of CLOCK packets and of EMERGENCY ones.</summary>
    public List<ClearKey> Clear { get; } = [];

    /// <summary>Lines with keys.</summary>
    public int Lines { get; private set; }

    /// <summary>Reads a key log. Lines that are not Springtail's, and one that breaks off, are passed over.</summary>
    public static LoggedKeys Read(TextReader text)
    {
        LoggedKeys keys = new();
        byte[]? mask = null;
        while (text.ReadLine() is { } line)
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 3 && parts[0].StartsWith("SPRINGTAIL_", StringComparison.Ordinal) && parts[1].Length == 16
                && ulong.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id) && TryHex(parts[2], out byte[] value))
            {
                keys.Add(parts[0], id, value, ref mask);
            }
        }

        return keys;
    }

    private static bool TryHex(string text, out byte[] value)
    {
        value = new byte[text.Length / 2];
        return text.Length is 32 or 64 && Convert.FromHexString(text, value, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    // A mask's line goes before that of its key, or of its numbers.
    private void Add(string label, ulong id, byte[] value, ref byte[]? mask)
    {
        Lines++;
        int digits = label.LastIndexOf('_') + 1;
        bool numbered = int.TryParse(label.AsSpan(digits), NumberStyles.None, CultureInfo.InvariantCulture, out int epoch);
        switch (numbered ? label[..digits] : label)
        {
            case KeyLog.HandshakeMask or KeyLog.ClockMask or KeyLog.EmergencyMask or KeyLog.Mask:
                mask = value;
                break;
            case KeyLog.HandshakeKey or KeyLog.ClockKey or KeyLog.EmergencyKey when mask != null && value.Length == 32:
                if (!Clear.Any(c => c.Id == id && c.Key.AsSpan().SequenceEqual(value)))
                {
                    Clear.Add(new ClearKey(label, id, mask, value));
                }

                break;
            case KeyLog.Numbers when mask != null && value.Length == 16:
                Of(id).Add(new LoggedSpace(epoch, mask, Wire.ReadU64(value, 0), Wire.ReadU64(value, 8)));
                break;
            case KeyLog.SessionKey:
                Of(id).Begin(epoch, value);
                break;
            case KeyLog.ClientKey:
                Of(id).Last.ClientKey = value;
                break;
            case KeyLog.ServerKey:
                Of(id).Last.ServerKey = value;
                break;
            case KeyLog.AuthenticationKey:
                Of(id).Last.AuthenticationKey = value;
                break;
            default:
                Lines--;
                break;
        }
    }

    private LoggedSession Of(ulong id)
    {
        if (!_sessions.TryGetValue(id, out LoggedSession? session))
        {
            _sessions[id] = session = new LoggedSession(id);
        }

        return session;
    }
}

/// <summary>Mask and tag key of packets in the clear; <paramref name="Label"/> is that of the key.</summary>
internal sealed record ClearKey(string Label, ulong Id, byte[] Mask, byte[] Key);

/// <summary>A mask of a session from an epoch on, and numbers that no packet under it is below.</summary>
internal sealed record LoggedSpace(int Epoch, byte[] Mask, ulong ClientNumber, ulong ServerNumber)
{
    /// <summary>A packet's number from its low half: all numbers are within 2^31 of these (PROTOCOL.md 3.1).</summary>
    public ulong NumberOf(uint sequence, bool fromServer)
    {
        ulong least = fromServer ? ServerNumber : ClientNumber;
        ulong number = (least & ~0xFFFFFFFFul) | sequence;
        return number < least ? number + (1ul << 32) : number;
    }
}

/// <summary>The keys of one epoch, as far as they were logged.</summary>
internal sealed class LoggedEpoch(int epoch, byte[] sessionKey)
{
    public int Epoch { get; } = epoch;

    public byte[] SessionKey { get; } = sessionKey;

    public byte[] ClientKey { get; set; } = [];

    public byte[] ServerKey { get; set; } = [];

    public byte[]? AuthenticationKey { get; set; }

    public EpochKeys Keys => new(Epoch, SessionKey, ClientKey, ServerKey, AuthenticationKey);
}

/// <summary>The logged keys of one session.</summary>
internal sealed class LoggedSession(ulong id)
{
    public ulong Id { get; } = id;

    public List<LoggedSpace> Spaces { get; } = [];

    public List<LoggedEpoch> Epochs { get; } = [];

    /// <summary>The epoch whose lines are being read.</summary>
    public LoggedEpoch Last { get; private set; } = new(-1, []);

    /// <summary>Both sides may log to one file: the first line holds.</summary>
    public void Add(LoggedSpace space)
    {
        if (!Spaces.Any(s => s.Mask.AsSpan().SequenceEqual(space.Mask)))
        {
            Spaces.Add(space);
        }
    }

    public void Begin(int epoch, byte[] sessionKey)
    {
        Last = Epochs.Find(e => e.Epoch == epoch && e.SessionKey.AsSpan().SequenceEqual(sessionKey))!;
        if (Last == null)
        {
            Last = new LoggedEpoch(epoch, sessionKey);
            Epochs.Add(Last);
        }
    }
}
