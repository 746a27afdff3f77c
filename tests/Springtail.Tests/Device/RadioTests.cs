using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Device;

/// <summary>Without a radio that runs a board's random numbers are not fit for keys (PROTOCOL.md 20).</summary>
public sealed class RadioTests
{
    [Theory]
    [InlineData(71, "192.168.1.17", true)]
    [InlineData(72, "192.168.4.1", true)]
    [InlineData(71, "0.0.0.0", false)]
    [InlineData(71, "", false)]
    [InlineData(71, null, false)]
    [InlineData(6, "192.168.1.17", false)]
    [InlineData(1, "192.168.1.17", false)]
    public void Runs_where_a_wireless_interface_has_an_address(int type, string? address, bool runs) => Assert.Equal(runs, Radio.Runs(type, address!));
}
