#nullable disable
using nanoFramework.TestFramework;
using Springtail.Delivery;
using Springtail.Sessions;

namespace NFUnitTest;

/// <summary>Packet numbers of 64 bits and the window of those received (PROTOCOL.md 3.1, 3.3).</summary>
[TestClass]
public class WindowTests
{
    [TestMethod]
    public void NumbersPass32Bits()
    {
        ReplayWindow window = new ReplayWindow(0xFFFFFFFE);
        Assert.IsTrue(window.Extend(0xFFFFFFFF, out ulong number));
        Assert.AreEqual(0xFFFFFFFFul, number);
        window.Add(number);
        Assert.IsTrue(window.Extend(3, out number));
        Assert.AreEqual(0x100000003ul, number);
        Assert.IsFalse(window.Contains(number));
        window.Add(number);
        Assert.IsTrue(window.Extend(0xFFFFFFFF, out number));
        Assert.AreEqual(0xFFFFFFFFul, number);
        Assert.IsTrue(window.Contains(number));

        // At a distance of exactly 2^31 the larger; below the initial sequence none.
        Assert.IsTrue(window.Extend(0x80000003, out number));
        Assert.AreEqual(0x180000003ul, number);
        Assert.IsFalse(window.Extend(0xFFFFFFFD, out number));
    }

    [TestMethod]
    public void EachNumberOnce()
    {
        ReplayWindow window = new ReplayWindow(100);
        TestRandom random = new TestRandom(3);
        bool[] seen = new bool[3000];
        for (int i = 0; i < 2000; i++)
        {
            uint ahead = random.Below(40);
            ulong number = window.Highest + 1 + ahead;
            if (random.Below(3) != 0)
            {
                uint back = random.Below(1100);
                number = window.Highest > 101 + back ? window.Highest - back : 101;
            }

            int index = (int)(uint)number - 100;
            if (index >= seen.Length)
            {
                return;
            }

            bool old = window.Highest >= number && window.Highest - number >= ReplayWindow.Size;
            Assert.IsTrue(window.Contains(number) == (seen[index] || old));
            if (!window.Contains(number))
            {
                window.Add(number);
                seen[index] = true;
            }
        }
    }

    [TestMethod]
    public void Bitmap()
    {
        ReplayWindow window = new ReplayWindow(5);
        window.Add(6);
        window.Add(7);
        window.Add(9);
        Assert.AreEqual(6u, window.SackBitmap());
        window.Add(41);
        Assert.AreEqual(0x80000000u, window.SackBitmap());
        window.Add(2000);
        Assert.AreEqual(0u, window.SackBitmap());
        Assert.IsTrue(window.Contains(900));
        Assert.IsFalse(window.Contains(1500));
    }
}
