#nullable disable
using nanoFramework.TestFramework;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Transport;

namespace NFUnitTest;

/// <summary>Every byte that goes over the wire is the recorded one: what both ends agree on, and others do not, shows.</summary>
[TestClass]
public class PacketTests
{
    [TestMethod]
    public void PacketsOfEveryTypeAreTheRecordedOnes()
    {
        // An emergency makes a second session at both ends, and both are in this heap: no board holds that.
        Heap.Release();
        PlayConversation();
        Heap.LeaveFree(AFirst.Board);
    }

    private static void PlayConversation()
    {
        Witness witness = new Witness();
        Assert.IsTrue(Conversation.Run(Conversation.Core(), witness), "the conversation took another course");
        Assert.AreEqual(Recording.Packets, witness.Count);
        Assert.AreEqual(Recording.Digest, Hex.Text(witness.Digest()));
    }

    // Lets nothing pass that is not the recorded packet.
    private sealed class Witness : IMemoryTap
    {
        private readonly ISha256 _sha256 = CryptoCore.NewSha256();
        private readonly byte[] _length = new byte[2];

        public Witness()
        {
            _sha256.Begin();
        }

        public int Count { get; private set; }

        public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
        {
            string first = Recording.First(Count);
            if (first != null)
            {
                Assert.AreEqual(first, Hex.Text(bytes, 0, size), "packet " + Count.ToString());
            }

            Wire.WriteU16(_length, 0, (ushort)size);
            _sha256.Update(_length, 0, 2);
            _sha256.Update(bytes, 0, size);
            Count++;
            return true;
        }

        public byte[] Digest()
        {
            byte[] digest = new byte[32];
            _sha256.Current(digest, 0);
            return digest;
        }
    }
}
