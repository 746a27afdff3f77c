using System;

#pragma warning disable CA1711, IDE0130

namespace nanoFramework.TestFramework;

// As much of nanoFramework.TestFramework as tests/NFUnitTest uses, so that the same files run here.

[AttributeUsage(AttributeTargets.Class)]
public sealed class TestClassAttribute : Attribute
{
}

[AttributeUsage(AttributeTargets.Method)]
public sealed class TestMethodAttribute : Attribute
{
}

public static class Assert
{
    public static void IsTrue(bool condition, string message = "") => Xunit.Assert.True(condition, message);

    public static void IsFalse(bool condition, string message = "") => Xunit.Assert.False(condition, message);

    public static void AreEqual(string expected, string actual, string message = "") => Xunit.Assert.Equal(expected, actual);

    public static void AreEqual(int expected, int actual, string message = "") => Xunit.Assert.Equal(expected, actual);

    public static void AreEqual(uint expected, uint actual, string message = "") => Xunit.Assert.Equal(expected, actual);

    public static void AreEqual(long expected, long actual, string message = "") => Xunit.Assert.Equal(expected, actual);

    public static void AreEqual(ulong expected, ulong actual, string message = "") => Xunit.Assert.Equal(expected, actual);

    public static void AreEqual(byte expected, byte actual, string message = "") => Xunit.Assert.Equal(expected, actual);

    public static void AreEqual(ushort expected, ushort actual, string message = "") => Xunit.Assert.Equal(expected, actual);

    public static void SkipTest(string message = "") => Xunit.Assert.Fail(message);

    public static void ThrowsException(Type exception, Action action, string message = "")
    {
        Xunit.Assert.Throws(exception, action);
    }
}
