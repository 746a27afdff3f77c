#nullable disable
namespace Springtail.Packets;

public sealed partial class Endpoint
{
    /// <summary>
    /// Which of this machine's addresses this one's datagrams were sent to, and answers come from, by the number that the transport has for it; 0 when that does not matter.
    /// No part of the endpoint as the protocol writes it.
    /// </summary>
    public int OwnAddress { get; set; }

    partial void CopyOwnAddress(Endpoint other) => OwnAddress = other.OwnAddress;
}
