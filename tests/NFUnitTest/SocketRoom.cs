#nullable disable
using System.Net;

namespace NFUnitTest;

/// <summary>
/// The room that an open socket takes, where there is no network to open one: System.Net keeps seven fields of it, the end point that it was bound
/// to and a copy of that; and the transport keeps the end point that it last sent to.
/// </summary>
internal sealed class SocketRoom
{
    public int Handle = -1;
    public bool Blocking = true;
    public int ReceiveTimeout = -1;
    public int SendTimeout = -1;
    public int Type = 2;
    public EndPoint Local = new IPEndPoint(IPAddress.Any, 0);
    public EndPoint Bound = NewEndPoint();
    public EndPoint SentTo = NewEndPoint();

    private static EndPoint NewEndPoint() => new IPEndPoint(new IPAddress(new byte[] { 192, 0, 2, 1 }), 1024);
}
