using System;
using System.Linq;
using Springtail.Shape;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>What who watches the wire sees of sizes, times and bytes, in short; tests/shape/run has more handshakes, and one who learns to tell them apart.</summary>
public sealed class ShapeTests
{
    // The shares that Judge allows are as many times chance's as make a failure by it rarer than one in a million.
    private const int Handshakes = 250;

    [Fact]
    public void No_length_and_no_time_is_fixed_and_no_byte_seen_twice()
    {
        Finding[] broken = [.. Judge.Examine(new Survey(Handshakes, 1)).Where(f => !f.Holds)];
        Assert.True(broken.Length == 0, string.Join(Environment.NewLine, broken.Select(f => $"{f.Name}: {f.Figure}")));
    }
}
