using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>
/// How a channel is set up. The defaults fit a device; a server on a desktop raises the limits. A channel or listener works on a copy, made when it is opened.
/// Both sides must agree on <see cref="Psk"/>, <see cref="PortMin"/>, <see cref="PortCount"/>, <see cref="RendezvousPort"/> and <see cref="ListenerName"/>.
/// </summary>
public sealed partial class ChannelOptions
{
    // Where peers with a token meet, unless configured (PROTOCOL.md 17).
    private const int PairingPort = 1026;

    private string _token;

    /// <summary>The pre-shared key, 16 to 64 bytes from a good random source.</summary>
    public byte[] Psk { get; set; }

    /// <summary>
    /// The pre-shared keys that a listener serves, when it has several; then <see cref="Psk"/> is not used. A connecting side with several, the preferred ones
    /// first, discovers which of them the listener holds too, which needs <see cref="Discovery"/>; <see cref="ChannelStatus.KeyIndex"/> says which.
    /// </summary>
    public byte[][] Psks { get; set; }

    /// <summary>
    /// PSK discovery at <see cref="DiscoveryPort"/> (PROTOCOL.md 15): a listener with it answers; null, the default, for none. See <c>PskDiscovery</c>.
    /// </summary>
    public DiscoveryMethod Discovery { get; set; }

    /// <summary>
    /// A spoken token, <c>word-word</c> in lower case, in place of a PSK, for <see cref="Suite"/> 5: somebody who does not know it has three guesses
    /// at this side, counted over everything that uses these options; then the token is dead, and this side says so (PROTOCOL.md 17). An exchange that leads to a
    /// session is not counted. A listener with a token serves no PSKs. Setting the token, even to the same value, starts a new count.
    /// </summary>
    public string Token
    {
        get => _token;
        set
        {
            _token = value;
            TokenGuard = value == null ? null : new TokenGuard();
        }
    }

    /// <summary>
    /// The suite to ask for, 1 to 3; 0 asks for suite 2. A listener allows this one only, or with 0 all three. With a token it is 5, which 0 means too, or 4 for peers
    /// that know no other: whoever answers a handshake of suite 4 can try all tokens offline.
    /// </summary>
    public int Suite { get; set; }

    /// <summary>
    /// Take the suites over P-256 without the native core too, although a handshake then takes a device minutes. Otherwise such a core
    /// refuses them, and a listener with it allows suite 2 only where <see cref="Suite"/> is 0.
    /// </summary>
    public bool AllowSlowSuites { get; set; }

    /// <summary>The features to ask for; a listener grants these. See <see cref="Packets.Features"/>.</summary>
    public int Features { get; set; }

    /// <summary>The lowest port that is hopped to.</summary>
    public int PortMin { get; set; } = 24576;

    /// <summary>How many ports there are to hop to.</summary>
    public int PortCount { get; set; } = 1024;

    /// <summary>A fixed port for the first packet; 0 lets it follow the clock (PROTOCOL.md 4).</summary>
    public int RendezvousPort { get; set; }

    /// <summary>How many spans of 10 s before and after the present one a listener's rendezvous ports are open for.</summary>
    public int RendezvousSpread { get; set; } = 1;

    /// <summary>
    /// How many hop windows' ports a side that hops keeps open at the most, 3 to 10: more than 3 where delays vary by more than a window (PROTOCOL.md 8).
    /// </summary>
    public int HopWindows { get; set; } = 3;

    /// <summary>Where a listener answers devices that have no clock, and discovery; where a device asks; 0 for nowhere (PROTOCOL.md 11, 15).</summary>
    public int DiscoveryPort { get; set; } = 1025;

    /// <summary>Seconds between heartbeats, asked for by the connecting side; 0 for none.</summary>
    public int Keepalive { get; set; } = 30;

    /// <summary>
    /// How far this device's clock may go wrong while it sleeps, in parts per million: 50 000 for an RC oscillator that nobody has trimmed. When a sleep
    /// may have put it wrong by more than a hop window allows, a resumed session asks for the time first.
    /// </summary>
    public int ClockDrift { get; set; } = 50000;

    /// <summary>After how many seconds to ask for new keys (a listener waits 2/15 longer, to leave the first move to the other side).</summary>
    public int RekeyAfterSeconds { get; set; } = 900;

    /// <summary>After how many packets sent under one key to ask for new keys.</summary>
    public int RekeyAfterPackets { get; set; } = 1 << 20;

    /// <summary>The largest message to receive, in bytes, up to 291 975. The default is three packets.</summary>
    public int MaxMessageSize { get; set; } = 3 * DataPayload.FragmentSize;

    /// <summary>
    /// How many packets that come before their turn are held, besides one message of the largest size. A fire-and-forget message of more packets is not taken.
    /// </summary>
    public int ReceiveAhead { get; set; } = 1;

    /// <summary>How many DATA packets wait to be sent or acknowledged.</summary>
    public int SendBuffers { get; set; } = 2;

    /// <summary>
    /// Pads what this side sends of messages and of acknowledgments, as all other packets are padded without it: each DATA packet's part of a message
    /// is filled up to a multiple of that many bytes, 1 to 1 145, and by up to 63 at random beyond that; 0, the default, leaves both as they are. 1 hides
    /// no more than exact sizes; 256 or 512 hides how long short messages are; with 1 145 each DATA packet has 1 200 bytes. How many packets go, and when,
    /// shows all the same. It costs the bytes: about 34 on average for each packet with 1, half the multiple more with another, and nothing of a
    /// packet that is full already (PROTOCOL.md 3.4, 9). The peer takes it whatever it does itself.
    /// </summary>
    public int Padding { get; set; }

    /// <summary>Sessions of a listener in all.</summary>
    public int MaxSessions { get; set; } = 1;

    /// <summary>Sessions of one PSK; a further one takes the place of the oldest.</summary>
    public int SessionsPerPsk { get; set; } = 1;

    /// <summary>Handshakes of one PSK that are not complete; a further one takes the place of the oldest.</summary>
    public int HalfOpenPerPsk { get; set; } = 2;

    /// <summary>Handshakes that are not complete, of all PSKs.</summary>
    public int MaxHalfOpen { get; set; } = 1;

    /// <summary>
    /// SYN packets that a listener remembers, each for 75 s, shared out among its PSKs, at least 32 for each where all are so many; when those of a PSK are taken it
    /// refuses further ones of that PSK.
    /// </summary>
    public int SynMemory { get; set; } = 8;

    /// <summary>
    /// The listener's name, at most 64 bytes of UTF-8: listeners that share a PSK each get a name of their own, and the connecting side sets the name of the
    /// one that it means (PROTOCOL.md 2). Empty unless set.
    /// </summary>
    public string ListenerName { get; set; } = string.Empty;

    /// <summary>Shared by the listeners and connections of one installation, which then refuses its own first packets; null for none (PROTOCOL.md 2).</summary>
    public Installation Installation { get; set; }

    /// <summary>The primitives to use; by default <see cref="CryptoCore.Default"/>.</summary>
    public ICryptoCore Crypto { get; set; }

    /// <summary>
    /// What carries the datagrams; by default UDP sockets, on a device over IPv4, on a desktop over IPv4 and IPv6. It belongs to the one channel or listener
    /// that is made with it, which disposes of it: the next one needs another.
    /// </summary>
    public IDatagramTransport Transport { get; set; }

    /// <summary>The clock; by default the system's.</summary>
    public IClock Clock { get; set; }

    /// <summary>Options for a peer with memory and processors to spare: large messages, many sessions.</summary>
    public static ChannelOptions ForServer()
    {
        return new ChannelOptions
        {
            MaxMessageSize = DataPayload.FragmentSize * DataPayload.MaxFragments,
            ReceiveAhead = 256,
            SendBuffers = 256,
            MaxSessions = 4096,
            SessionsPerPsk = 16,
            MaxHalfOpen = 1024,
            SynMemory = 8192,
            HopWindows = 10,
            RememberedNonces = 65536,
            RendezvousSpread = 2,
            Features = Packets.Features.All,
        };
    }

    /// <summary>For tests that name sizes and times: nothing is padded, no timer shortened, and a new handshake beside a session waits for two heartbeats.</summary>
    internal bool IsPlain { get; set; }

    /// <summary>A private copy: what is set afterwards changes no channel or listener. Guesses at a token are counted together for all copies.</summary>
    internal ChannelOptions Freeze()
    {
        ChannelOptions copy = (ChannelOptions)MemberwiseClone();
        if (Psks != null)
        {
            copy.Psks = new byte[Psks.Length][];
            Array.Copy(Psks, 0, copy.Psks, 0, Psks.Length);
        }

        KeepGuesses();
        copy.ChoosePackets();
        return copy;
    }

    // On a desktop the count of guesses may outlive the process.
    partial void KeepGuesses();

    // On a desktop the transport may take large packets.
    partial void ChoosePackets();

    /// <summary>CLOCK_REQUESTs that a listener remembers of each PSK (PROTOCOL.md 11).</summary>
    internal int RememberedNonces { get; private set; } = 1024;

    /// <summary>The place of a connecting side's key in <see cref="Psks"/>, of those that it asked for.</summary>
    internal int KeyIndex { get; set; }

    /// <summary>Counts the guesses at <see cref="Token"/>; null without one.</summary>
    internal TokenGuard TokenGuard { get; private set; }

    /// <summary>Where a listener answers questions; 0 for nowhere. Not with a token: an answer under its keys would show which one is right.</summary>
    internal int OpenDiscoveryPort => Token != null ? 0 : DiscoveryPort;

    internal int MaxFragments => (MaxMessageSize + DataPayload.FragmentSize - 1) / DataPayload.FragmentSize;

    /// <summary>The listener's name in UTF-8.</summary>
    internal byte[] NameBytes => string.IsNullOrEmpty(ListenerName) ? new byte[0] : System.Text.Encoding.UTF8.GetBytes(ListenerName);

    /// <summary>The PSK, or the token's bytes.</summary>
    internal byte[] Secret => Token != null ? Wire.Ascii(Token) : Psk;

    /// <summary>The port that the first packet goes to when it does not follow the clock; otherwise 0. A token selects no port.</summary>
    internal int FixedRendezvous => RendezvousPort == 0 && Token != null ? PairingPort : RendezvousPort;

    /// <summary>Checks what both sides need.</summary>
    /// <exception cref="ArgumentException">Says which value is wrong and what it may be.</exception>
    internal void Validate()
    {
        if (PortMin < 1 || PortCount < 1 || PortMin + PortCount > 65536)
        {
            throw new ArgumentException("PortMin must be at least 1 and PortMin + PortCount at most 65536.");
        }

        if (HopWindows < 3 || HopWindows > 10)
        {
            throw new ArgumentException("HopWindows must be 3 to 10.");
        }

        if (Discovery != null && DiscoveryPort == 0)
        {
            throw new ArgumentException("Discovery needs a DiscoveryPort.");
        }

        if (RendezvousPort < 0 || RendezvousPort > 65535 || DiscoveryPort < 0 || DiscoveryPort > 65535)
        {
            throw new ArgumentException("A port is a number from 1 to 65535, or 0 for none.");
        }

        if (NameBytes.Length > LongTermKeys.MaxNameSize)
        {
            throw new ArgumentException("ListenerName has at most 64 bytes of UTF-8.");
        }

        if (Token != null)
        {
            ValidateToken(Token);
            if (Suite != 0 && Suite != KeySchedule.SuiteToken && Suite != KeySchedule.SuiteSpake2)
            {
                throw new ArgumentException("Suite must be 5 with a token, or 4 for peers that know no other.");
            }
        }
        else
        {
            if (Suite < 0 || Suite > KeySchedule.SuiteFuzzy)
            {
                throw new ArgumentException("Suite must be 1, 2 or 3 with a PSK.");
            }

            if (Psks == null)
            {
                ValidatePsk(Psk);
            }
            else
            {
                if (Psks.Length == 0)
                {
                    throw new ArgumentException("Psks is empty.");
                }

                for (int i = 0; i < Psks.Length; i++)
                {
                    ValidatePsk(Psks[i]);
                }
            }
        }

        if ((Features & ~Packets.Features.All) != 0)
        {
            throw new ArgumentException("Features must be 0 to 3.");
        }

        if (Keepalive < 0 || Keepalive > 65535)
        {
            throw new ArgumentException("Keepalive must be 0 to 65535 seconds.");
        }

        if (Padding < 0 || Padding > DataPayload.FragmentSize)
        {
            throw new ArgumentException("Padding must be 0 to 1145 bytes.");
        }

        if (ClockDrift < 0 || ClockDrift > 1000000)
        {
            throw new ArgumentException("ClockDrift must be 0 to 1000000 parts per million.");
        }

        if (RekeyAfterSeconds < 1 || RekeyAfterPackets < 1)
        {
            throw new ArgumentException("RekeyAfterSeconds and RekeyAfterPackets must be at least 1.");
        }

        if (MaxMessageSize < 1 || MaxMessageSize > DataPayload.MaxFragments * DataPayload.FragmentSize)
        {
            throw new ArgumentException("MaxMessageSize must be 1 to 291975 bytes.");
        }

        if (MaxSessions < 1 || SessionsPerPsk < 1 || HalfOpenPerPsk < 1 || MaxHalfOpen < 1 || SynMemory < 1 || RendezvousSpread < 0)
        {
            throw new ArgumentException("MaxSessions, SessionsPerPsk, HalfOpenPerPsk, MaxHalfOpen and SynMemory must be at least 1, RendezvousSpread at least 0.");
        }

        if (ReceiveAhead < 1 || ReceiveAhead > 4096 || SendBuffers < 1 || SendBuffers > 4096)
        {
            throw new ArgumentException("ReceiveAhead and SendBuffers must be 1 to 4096.");
        }
    }

    /// <summary>The suite that a client asks for and a listener allows; 0 when nothing was said and the core is quick enough for each.</summary>
    /// <exception cref="NotSupportedException">The suite is too slow without the native core.</exception>
    internal int SuiteFor(ICryptoCore core)
    {
        int suite = Suite == 0 && Token != null ? KeySchedule.SuiteSpake2 : Suite;
        if (AllowSlowSuites || !CryptoCore.IsSlow(core))
        {
            return suite;
        }

        if (KeyExchange.PublicKeySize(suite) == KeyExchange.P256KeySize)
        {
            throw new NotSupportedException(
                "Without the native module, which this firmware has not got, suite " + suite.ToString() + " takes a device minutes. Take "
                + (Token == null ? "suite 2, the default, or " : string.Empty) + "firmware with the module; AllowSlowSuites takes it all the same.");
        }

        return suite == 0 ? KeySchedule.SuiteX25519 : suite;
    }

    internal static void ValidatePsk(byte[] psk)
    {
        if (psk == null || psk.Length < 16 || psk.Length > 64)
        {
            throw new ArgumentException("A PSK has 16 to 64 bytes.");
        }
    }

    internal static void ValidateToken(string token)
    {
        int hyphens = 0;
        for (int i = 0; i < token.Length; i++)
        {
            char c = token[i];
            if (c == '-' && i > 0 && i < token.Length - 1)
            {
                hyphens++;
            }
            else if (c < 'a' || c > 'z')
            {
                hyphens = 2;
            }
        }

        if (hyphens != 1)
        {
            throw new ArgumentException("A token is two words of lower-case letters with a hyphen between them.");
        }
    }
}
