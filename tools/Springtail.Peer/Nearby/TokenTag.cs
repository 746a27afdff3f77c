using System.Globalization;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Peer.Nearby;

/// <summary>
/// What a sender is known by on its own network (PROTOCOL.md 17): four bits of its token. Whoever asks learns them, and no more can be told: a listener finds a
/// token by trial from anything that is made of the whole of it, however slowly.
/// </summary>
internal static class TokenTag
{
    /// <summary>What the senders of all tokens are, in the terms of RFC 6763.</summary>
    public const string Service = "_springtail._udp.local";

    /// <summary>The tag of a token, 0 to 15.</summary>
    public static int Of(string token) => Hkdf.Derive(CryptoCore.Default, [], Wire.Ascii(token), Wire.Ascii("springtail_find_v1"), 1)[0] >> 4;

    /// <summary>The name that is asked for.</summary>
    public static string Name(string token) => string.Create(CultureInfo.InvariantCulture, $"_{Of(token):x}._sub.{Service}");
}
