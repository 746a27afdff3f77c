#nullable disable
using System;
using nanoFramework.TestFramework;

namespace NFUnitTest;

/// <summary>
/// Built alone, in place of all other tests: a run of it must be red. Since it uses nothing of the channel, it also says how much heap is free
/// with the channel's assemblies loaded and without.
/// </summary>
[TestClass]
public class OnPurpose
{
    [TestMethod]
    public void Fails()
    {
        Console.WriteLine("free bytes: " + nanoFramework.Runtime.Native.GC.Run(false).ToString());
        Assert.AreEqual(2, 1);
    }
}
