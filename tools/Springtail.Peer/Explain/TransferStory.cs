using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Springtail.Packets;
using Springtail.Transfer;

namespace Springtail.Peer.Explain;

/// <summary>A file transfer in a session (PROTOCOL.md 23), told by its first message.</summary>
internal sealed class TransferStory(Action<string, string> tell)
{
    private readonly Dictionary<uint, (string Name, long Size)> _offered = [];
    private readonly HashSet<uint> _begun = [];
    private bool _isOne;
    private bool _isOther;

    /// <summary>Bytes of files that went over.</summary>
    public long Bytes { get; private set; }

    /// <summary>Files whose hash the receiver found right.</summary>
    public int Verified { get; private set; }

    /// <summary>Takes a reliable message of either side.</summary>
    public void Take(byte[] message)
    {
        if (!_isOne && !_isOther)
        {
            _isOne = message.Length == TransferMessage.ReadySize && message[0] == TransferMessage.Ready && message[1] == TransferMessage.Version;
            _isOther = !_isOne;
            if (_isOne)
            {
                tell("transfer", "a file transfer begins: the receiver is ready");
            }
        }
        else if (_isOne && message.Length > 0)
        {
            Dispatch(message);
        }
    }

    private void Dispatch(byte[] message)
    {
        switch (message[0])
        {
            case TransferMessage.Offer:
                Offer(message);
                break;
            case TransferMessage.Data or TransferMessage.Last when message.Length >= TransferMessage.DataHeaderSize:
                uint entry = Wire.ReadU32(message, 1);
                Bytes += message.Length - TransferMessage.DataHeaderSize - (message[0] == TransferMessage.Last ? TransferMessage.HashSize : 0);
                if (_begun.Add(entry))
                {
                    ulong offset = Wire.ReadU64(message, 5);
                    tell("file", $"{Name(entry)} is sent{(offset == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" from byte {offset} on"))}");
                }

                break;
            case TransferMessage.Skip when message.Length >= TransferMessage.SkipSize:
                tell("file-failed", $"{Name(Wire.ReadU32(message, 1))} {TransferResult.Text(message[5])}: the sender leaves it out");
                break;
            case TransferMessage.Verify when message.Length >= TransferMessage.VerifySize:
                Verified += message[5] == TransferResult.Ok ? 1 : 0;
                tell(message[5] == TransferResult.Ok ? "file-done" : "file-failed", $"{Name(Wire.ReadU32(message, 1))} {(message[5] == TransferResult.Ok ? "has arrived, with the right hash" : TransferResult.Text(message[5]))}");
                break;
            case TransferMessage.Done when message.Length >= TransferMessage.DoneSize:
                tell("transfer-done", $"one side is done: {Wire.ReadU32(message, 1)} entries, {Wire.ReadU32(message, 5)} others");
                break;
            case TransferMessage.Cancel when message.Length >= TransferMessage.CancelSize:
                tell("transfer-failed", $"one side ends the transfer: it {TransferResult.Text(message[1])}");
                break;
        }
    }

    private void Offer(byte[] message)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(message.AsMemory(1));
            uint number = json.RootElement.GetProperty("first").GetUInt32();
            JsonElement[] entries = [.. json.RootElement.GetProperty("offer").EnumerateArray()];
            foreach (JsonElement entry in entries)
            {
                string name = Output.Printable(entry.GetProperty("name").GetString() ?? "");
                _offered[number++] = (name, entry.TryGetProperty("size", out JsonElement size) ? size.GetInt64() : 0);
            }

            tell("offer", $"{Output.Count(entries.Length, "entry").Replace("entrys", "entries", StringComparison.Ordinal)} offered, {_offered.Values.Sum(o => o.Size).ToString(CultureInfo.InvariantCulture)} bytes so far");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            tell("offer", "an OFFER that cannot be read");
        }
    }

    private string Name(uint entry) => _offered.TryGetValue(entry, out (string Name, long Size) file) ? $"\"{file.Name}\"" : string.Create(CultureInfo.InvariantCulture, $"file {entry}");
}
