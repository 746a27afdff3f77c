#nullable disable
using nanoFramework.TestFramework;
using Springtail.Delivery;
using Springtail.Packets;
using Springtail.Sessions;

namespace NFUnitTest;

/// <summary>Fragments out and in again (PROTOCOL.md 9).</summary>
[TestClass]
public class MessageTests
{
    [TestMethod]
    public void OrderedOnceAndWhole()
    {
        Inbox inbox = new Inbox(3, 2);
        byte[] bytes = new byte[DataPayload.FragmentSize];
        byte[] message = new byte[3 * DataPayload.FragmentSize];
        Assert.AreEqual(3, inbox.Window);

        // Message 1 before message 0, which comes in two fragments, the second one first.
        bytes[0] = 1;
        Assert.AreEqual(Inbox.Stored, Take(inbox, 1, 0, 1, bytes, 10));
        Assert.AreEqual(-1, inbox.NextSize);
        bytes[0] = 2;
        Assert.AreEqual(Inbox.Stored, Take(inbox, 0, 1, 2, bytes, 5));
        Assert.AreEqual(Inbox.Duplicate, Take(inbox, 0, 1, 2, bytes, 5));
        Assert.AreEqual(Inbox.Malformed, Take(inbox, 0, 0, 3, bytes, DataPayload.FragmentSize));
        bytes[0] = 3;
        Assert.AreEqual(Inbox.Stored, Take(inbox, 0, 0, 2, bytes, DataPayload.FragmentSize));
        Assert.AreEqual(DataPayload.FragmentSize + 5, inbox.NextSize);
        Assert.AreEqual(DataPayload.FragmentSize + 5, inbox.Take(message, 0));
        Assert.AreEqual((byte)3, message[0]);
        Assert.AreEqual((byte)2, message[DataPayload.FragmentSize]);
        Assert.AreEqual(10, inbox.Take(message, 0));
        Assert.AreEqual((byte)1, message[0]);
        Assert.AreEqual(Inbox.Duplicate, Take(inbox, 0, 0, 2, bytes, DataPayload.FragmentSize));
        Assert.AreEqual(Inbox.TooLarge, Take(inbox, 2, 0, 4, bytes, DataPayload.FragmentSize));
    }

    [TestMethod]
    public void NoRoomIsNoLoss()
    {
        Inbox inbox = new Inbox(1, 2);
        byte[] bytes = new byte[DataPayload.FragmentSize];
        Assert.AreEqual(Inbox.Stored, Take(inbox, 1, 0, 1, bytes, 1));
        Assert.AreEqual(Inbox.Stored, Take(inbox, 2, 0, 1, bytes, 2));
        Assert.AreEqual(Inbox.NoRoom, Take(inbox, 3, 0, 1, bytes, 3));
        Assert.AreEqual(1, inbox.Window);
        Assert.AreEqual(Inbox.Stored, Take(inbox, 0, 0, 1, bytes, 4));
        Assert.AreEqual(4, inbox.Take(bytes, 0));
        Assert.AreEqual(1, inbox.Take(bytes, 0));
        Assert.AreEqual(2, inbox.Take(bytes, 0));
        Assert.AreEqual(Inbox.Stored, Take(inbox, 3, 0, 1, bytes, 3));
        Assert.AreEqual(3, inbox.Take(bytes, 0));
    }

    [TestMethod]
    public void SentUntilAcknowledged()
    {
        SendQueue queue = new SendQueue(4);
        byte[] message = new byte[DataPayload.FragmentSize + 7];
        byte[] packet = new byte[Packet.MaxPayload];
        message[DataPayload.FragmentSize] = 9;
        queue.Begin(message.Length, true);
        Assert.AreEqual(message.Length, queue.Append(message, 0));
        Assert.AreEqual(2, queue.Room);
        int slot = queue.NextSlot();
        Assert.AreEqual(Packet.MaxPayload, queue.WritePayload(slot, packet, 0, 0));
        queue.Sent(slot, 0x1FFFFFFFF, 1, 50);
        slot = queue.NextSlot();
        Assert.AreEqual(DataPayload.HeaderSize + 7, queue.WritePayload(slot, packet, 0, 0x01020304));
        Assert.AreEqual("0000000001020304000100020109", Hex.Text(packet, 0, DataPayload.HeaderSize + 1));
        queue.Sent(slot, 0x200000000, 2, 60);
        Assert.IsFalse(queue.HasMore);
        Assert.AreEqual(2, queue.Unacknowledged);
        Assert.IsTrue(queue.Acknowledge(0x200000000, 75, out uint ordinal, out int rtt, out bool wasLost));
        Assert.AreEqual(2u, ordinal);
        Assert.AreEqual(15, rtt);
        Assert.IsFalse(wasLost);
        Assert.IsFalse(queue.Acknowledge(0x200000000, 75, out ordinal, out rtt, out wasLost));
        queue.LoseAll();
        Assert.IsTrue(queue.HasMore);
        slot = queue.NextSlot();
        Assert.IsTrue(queue.IsRepeated(slot));
        queue.Sent(slot, 0x200000001, 3, 100);
        Assert.IsTrue(queue.Acknowledge(0x200000001, 120, out ordinal, out rtt, out wasLost));

        // All packets are acknowledged; the message is kept until the peer has received it.
        Assert.IsTrue(queue.AwaitsDone);
        Assert.IsFalse(queue.IsEmpty);
        Assert.AreEqual(2, queue.Room);
        queue.RepeatLast();
        Assert.AreEqual(1, queue.NextSlot());
        Assert.IsTrue(queue.NoteReceived(1));
        Assert.IsFalse(queue.HasMore);
        Assert.IsTrue(queue.IsEmpty);
        Assert.AreEqual(4, queue.Room);
    }

    private static int Take(Inbox inbox, uint id, int index, int count, byte[] bytes, int length)
    {
        int result = inbox.Check(DataPayload.Reliable, id, index, count, length);
        inbox.Accept(result, DataPayload.Reliable, id, index, count, bytes, 0, length, 0);
        return result;
    }
}
