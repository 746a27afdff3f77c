using System;
using Springtail.Crypto;
using Springtail.Udp;

namespace Springtail.Board;

/// <summary>The desktop's random source, where the firmware would be an ESP32's.</summary>
internal sealed class SystemRandom : IRandomSource
{
    public void Fill(byte[] output, int offset, int count)
    {
        byte[] bytes = new byte[count];
        UdpSockets.Random(bytes);
        Array.Copy(bytes, 0, output, offset, count);
    }
}
