#nullable disable
using nanoFramework.TestFramework;
using Springtail.Packets;
using Springtail.Sessions;

namespace NFUnitTest;

/// <summary>A session that is saved, sleeps and goes on.</summary>
[TestClass]
public class ResumeTests
{
    [TestMethod]
    public void SleepAndResume()
    {
        Pair pair = new Pair(21, 40);
        Assert.IsTrue(pair.Connect());
        Assert.IsTrue(pair.Exchange(2u, 10000));
        for (int i = 1; i <= 3; i++)
        {
            byte[] snapshot = pair.Save(600);
            Assert.IsTrue(snapshot != null && snapshot.Length <= 512);
            Assert.IsTrue(pair.Far.State == SessionState.Asleep);
            pair.Run(600000);
            Assert.IsTrue(pair.Resume(snapshot));
            Assert.AreEqual(0, snapshot[0] + snapshot[200]);
            Assert.IsTrue(pair.Exchange(2u, 10000));
            Assert.AreEqual(i, pair.Near.Epoch);
            Assert.AreEqual(i, pair.Far.Resumes);
        }

        Assert.AreEqual(0u, pair.Near.Counters.Drops(DropCause.BadTag) + pair.Far.Counters.Drops(DropCause.BadTag));
    }

    [TestMethod]
    public void DamagedSnapshot()
    {
        Pair pair = new Pair(22, 40);
        Assert.IsTrue(pair.Connect());
        byte[] snapshot = pair.Save(600);
        snapshot[300] ^= 1;
        Assert.IsFalse(pair.Resume(snapshot));
        Assert.AreEqual(ErrorCode.AuthenticationFailed, pair.Client.ResumeCode);
    }
}
