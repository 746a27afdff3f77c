#nullable disable
using nanoFramework.TestFramework;

namespace NFUnitTest;

/// <summary>The launcher takes classes in the order of their names. Whoever reads its output counts a run only when it ends with this result.</summary>
[TestClass]
public class ZLast
{
    [TestMethod]
    public void Sentinel()
    {
    }
}
