using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;
using NFUnitTest;
using Springtail.Packets;
using Springtail.Transfer;

namespace Springtail.Fuzz;

/// <summary>
/// Messages to one side of a file transfer: the first byte says which, 0 the receiver and 1 the sender; each message has its length before it (u16).
/// No file gets its name with other bytes than those whose hash came with it.
/// </summary>
internal static class TransferMessages
{
    private const int MessageSize = 4596;
    private const int MostMessages = 32;

    private static readonly byte[] s_abc = "abc"u8.ToArray();

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        MemoryFolder folder = new();
        bool toSender = (input[0] & 1) != 0;
        if (toSender)
        {
            folder.Add("x", s_abc);
            folder.Add("y", new byte[5000]);
        }

        using SystemSha256 hash = new();
        using SystemSha256 resumed = new();
        TransferSide side = toSender ? new FileSender(folder, hash, null) : new FileReceiver(folder, hash, resumed, 100, false, null);
        HashSet<string> hashes = [];
        byte[] buffer = new byte[MessageSize];
        int at = 1;
        for (int i = 0; i < MostMessages && at + 2 <= input.Length; i++)
        {
            Work(side, buffer);
            int size = Math.Min(Math.Min(input[at] << 8 | input[at + 1], MessageSize), input.Length - at - 2);
            input.Slice(at + 2, size).CopyTo(buffer);
            if (size >= TransferMessage.HashSize)
            {
                hashes.Add(Convert.ToHexString(buffer, size - TransferMessage.HashSize, TransferMessage.HashSize));
            }

            side.Receive(buffer, size);
            at += 2 + size;
        }

        Work(side, buffer);
        side.ChannelEnded();
        for (int i = 0; !toSender && i < folder.Count; i++)
        {
            string name = folder.NameOf(i);
            byte[]? contents = folder.Contents(name);
            if (contents != null && !name.StartsWith(TransferName.PartialPrefix, StringComparison.Ordinal) && !hashes.Contains(Convert.ToHexString(SHA256.HashData(contents))))
            {
                throw new FaultException($"{name} has bytes whose hash did not come");
            }
        }
    }

    public static byte[][] Seeds()
    {
        byte[] offer = [TransferMessage.Offer, .. Encoding.UTF8.GetBytes("""{"first":0,"entries":2,"bytes":6,"offer":[{"name":"x","size":3},{"name":"d/y","size":3}]}""")];
        byte[] last = [.. Numbered(TransferMessage.Last, 0), .. new byte[8], .. s_abc, .. SHA256.HashData(s_abc)];
        byte[] data = [.. Numbered(TransferMessage.Data, 1), .. new byte[8], .. s_abc[..2]];
        byte[] rest = [.. Numbered(TransferMessage.Last, 1), 0, 0, 0, 0, 0, 0, 0, 2, s_abc[2], .. SHA256.HashData(s_abc)];
        byte[] skip = [.. Numbered(TransferMessage.Skip, 1), TransferResult.Changed];
        byte[] done = [.. Numbered(TransferMessage.Done, 2), 0, 0, 0, 0];
        byte[] ready = [TransferMessage.Ready, TransferMessage.Version, 0, 0, 1, 0, 0, 0, 0, 0, 9];
        byte[] accept = [.. Numbered(TransferMessage.Accept, 0), 0, 2, .. new byte[18]];
        byte[] compare = [.. Numbered(TransferMessage.Accept, 0), 0, 2, TransferResult.Compare, 0, 0, 0, 0, 0, 0, 0, 2, .. new byte[9]];
        byte[] verify = [.. Numbered(TransferMessage.Verify, 0), TransferResult.Ok, .. SHA256.HashData(s_abc)];
        byte[] verified = [.. Numbered(TransferMessage.Verify, 1), TransferResult.Ok, .. SHA256.HashData(new byte[5000])];
        return
        [
            Join(0, offer, last, data, rest, done),
            Join(0, offer, last, skip, done),
            Join(0, offer, last, [TransferMessage.Cancel, TransferResult.Interrupted]),
            Join(1, ready, accept, verify, verified, done),
            Join(1, ready, compare, accept, verify, verified, done),
        ];
    }

    private static void Work(TransferSide side, byte[] buffer)
    {
        while (side.Poll(buffer) >= 0)
        {
        }
    }

    private static byte[] Numbered(int type, uint number)
    {
        byte[] message = new byte[5];
        message[0] = (byte)type;
        Wire.WriteU32(message, 1, number);
        return message;
    }

    private static byte[] Join(byte side, params byte[][] messages)
    {
        List<byte> input = [side];
        foreach (byte[] message in messages)
        {
            input.AddRange([(byte)(message.Length >> 8), (byte)message.Length, .. message]);
        }

        return input.ToArray();
    }
}
