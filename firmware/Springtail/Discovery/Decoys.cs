using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Discovery;

/// <summary>
/// What fills an answer up and orders it. To the asking side it is random; but the same request gets the same again, since who asks twice could
/// otherwise tell by what stays that there is a match.
/// </summary>
internal sealed class Decoys
{
    private const int BlockSize = 32;

    private readonly ICryptoCore _core;
    private readonly byte[] _key;
    private readonly byte[] _request;
    private byte[] _block;
    private int _used = BlockSize;
    private uint _blocks;

    /// <param name="core">The primitives.</param>
    /// <param name="key">A secret of the responder.</param>
    /// <param name="packet">Holds the request.</param>
    /// <param name="payloadSize">The size of its payload.</param>
    public Decoys(ICryptoCore core, byte[] key, byte[] packet, int payloadSize)
    {
        _core = core;
        _key = key;
        _request = new byte[32];
        core.Sha256(_request, 0, packet, Packet.HeaderSize, payloadSize);
    }

    /// <summary>The secret that decoys are made of: of the PSKs, so that it is the same after a restart.</summary>
    public static byte[] Key(ICryptoCore core, byte[][] fingerprints)
    {
        Concatenation all = new Concatenation().Text("springtail_decoys_v1");
        for (int i = 0; i < fingerprints.Length; i++)
        {
            all.Bytes(fingerprints[i]);
        }

        return all.Sha256(core);
    }

    public void Fill(byte[] output, int offset, int count)
    {
        while (count > 0)
        {
            if (_used == BlockSize)
            {
                _block = new Concatenation().Bytes(_request).U32(_blocks++).Hmac(_core, _key);
                _used = 0;
            }

            int n = count < BlockSize - _used ? count : BlockSize - _used;
            Array.Copy(_block, _used, output, offset, n);
            _used += n;
            offset += n;
            count -= n;
        }
    }

    /// <summary>A number below a limit of at most 256; its bias is below 2^-24.</summary>
    public int Below(int limit)
    {
        byte[] bytes = new byte[4];
        Fill(bytes, 0, 4);
        return (int)(Wire.ReadU32(bytes, 0) % (uint)limit);
    }
}
