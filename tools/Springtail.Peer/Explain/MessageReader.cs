using System;
using System.Collections.Generic;
using Springtail.Packets;

namespace Springtail.Peer.Explain;

/// <summary>Puts reliable messages of one direction together and gives them out in their order, as far as all their fragments are in the capture.</summary>
internal sealed class MessageReader
{
    // So much waits for a fragment at most; a capture that lacks one goes on after it.
    private const int MostWaiting = 1024;

    private readonly SortedDictionary<uint, byte[]?[]> _messages = [];
    private uint? _next;

    /// <summary>Takes a DATA packet; returns the messages that are complete with it.</summary>
    public IEnumerable<byte[]> Take(OpenedPacket packet)
    {
        for (int at = 0; at < packet.Length; at += Packet.MaxPayload)
        {
            foreach (byte[] message in TakeFragment(packet, at, Math.Min(Packet.MaxPayload, packet.Length - at)))
            {
                yield return message;
            }
        }
    }

    private IEnumerable<byte[]> TakeFragment(OpenedPacket packet, int at, int length)
    {
        if (length < DataPayload.HeaderSize || (packet.U8(at + DataPayload.Delivery) & DataPayload.Reliable) == 0)
        {
            yield break;
        }

        uint id = packet.U32(at + DataPayload.MessageId);
        int index = packet.U16(at + DataPayload.FragmentIndex);
        int count = packet.U16(at + DataPayload.FragmentCount);
        int padding = (packet.U8(at + DataPayload.Delivery) & DataPayload.Padded) != 0 && length >= DataPayload.HeaderSize + 2 ? packet.U16(at + length - 2) : 0;
        int size = length - DataPayload.HeaderSize - padding;
        _next ??= id;
        if (count is 0 or > DataPayload.MaxFragments || index >= count || size < 0 || id < _next)
        {
            yield break;
        }

        if (!_messages.TryGetValue(id, out byte[]?[]? fragments) || fragments.Length != count)
        {
            _messages[id] = fragments = new byte[count][];
        }

        fragments[index] = packet.Bytes[(Packet.HeaderSize + at + DataPayload.HeaderSize)..][..size];
        while (_messages.Count > 0 && First() is var (first, parts))
        {
            bool whole = Array.TrueForAll(parts, p => p != null);
            if (first != _next && _messages.Count < MostWaiting)
            {
                break;
            }

            if (!whole && _messages.Count < MostWaiting)
            {
                break;
            }

            _messages.Remove(first);
            _next = first + 1;
            if (whole)
            {
                yield return Join(parts);
            }
        }
    }

    private (uint Id, byte[]?[] Parts) First()
    {
        foreach ((uint id, byte[]?[] parts) in _messages)
        {
            return (id, parts);
        }

        throw new InvalidOperationException();
    }

    private static byte[] Join(byte[]?[] parts)
    {
        List<byte> bytes = [];
        Array.ForEach(parts, p => bytes.AddRange(p!));
        return [.. bytes];
    }
}
