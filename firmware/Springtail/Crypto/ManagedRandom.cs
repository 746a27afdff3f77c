using System;
#if NANOFRAMEWORK_1_0
using nanoFramework.Runtime.Native;
#else
using System.Security.Cryptography;
#endif

namespace Springtail.Crypto;

/// <summary>
/// The platform's random source. On the device System.Random is what managed code can reach, and whether it is fit for keys is the
/// firmware's choice: on the ESP32 family every byte is one of the hardware generator (esp_random), which is a true one from the
/// moment the radio runs; elsewhere it may be rand() with the time as its seed. So other platforms are refused.
/// A board without a radio, or one that asks before its radio runs, has no source here: a channel of it does not begin (DefaultTransport.Device.cs).
/// </summary>
internal sealed class ManagedRandom : IRandomSource
{
#if NANOFRAMEWORK_1_0
    private readonly Random _random = new Random();

    /// <summary>True on the family whose firmware is known here: its random source, and that it has HMAC.</summary>
    public static bool IsEsp32 => SystemInfo.Platform == "ESP32";

    /// <exception cref="NotSupportedException">The platform is not the ESP32 family.</exception>
    public void Fill(byte[] output, int offset, int count)
    {
        if (!IsEsp32)
        {
            throw new NotSupportedException("No random source fit for keys is known on this platform. Use firmware with the native module, or give ManagedCore a source.");
        }

        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        Array.Copy(bytes, 0, output, offset, count);
        Array.Clear(bytes, 0, count);
    }
#else
    public static bool IsEsp32 => false;

    public void Fill(byte[] output, int offset, int count)
    {
        RandomNumberGenerator.Fill(output.AsSpan(offset, count));
    }
#endif
}
