using System;
using Springtail.Crypto;
using Xunit;

namespace Springtail.Tests.Support;

/// <summary>The implementations that every formula is tested over: the project's three, and one that shares nothing with them.</summary>
public static class TestCores
{
    public const string Native = "native";
    public const string Bcl = "bcl";
    public const string Managed = "managed";
    public const string Desktop = "desktop";

    /// <summary>For MemberData: one row per implementation.</summary>
    public static TheoryData<string> Names => new() { Native, Bcl, Managed, Desktop };

    public static ICryptoCore Get(string name) => name switch
    {
        Native => new NativeCore(),
        Bcl => new BclCore(),
        Managed => new ManagedCore(),
        Desktop => new DesktopCore(),
        _ => throw new ArgumentException(name),
    };
}
