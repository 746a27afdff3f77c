using System;

namespace Springtail.Gateway.Tests;

/// <summary>Tests that take long, which tools/test plays with --full alone.</summary>
internal static class LongForm
{
    /// <summary>What is said where they are left out; null where they are played.</summary>
    public static string? LeftOut => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL")) ? "a long form (tools/test --full)" : null;
}
