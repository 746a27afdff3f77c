using System;
using Springtail.Crypto;
using Xunit;

namespace Springtail.Tests.Support;

/// <summary>The implementations that every formula is tested over: the project's own and one that shares nothing with it.</summary>
public static class TestCores
{
    public const string Native = "native";
    public const string Bcl = "bcl";
    public const string Managed = "managed";

    /// <summary>For MemberData: one row per implementation.</summary>
    public static TheoryData<string> Names => new() { Native, Bcl, Managed };

    public static ICryptoCore Get(string name) => name switch
    {
        Native => new NativeCore(),
        Bcl => new BclCore(),
        Managed => new ManagedCore(),
        _ => throw new ArgumentException(name),
    };
}
