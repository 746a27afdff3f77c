// The places at which keys are logged, where a key log is set (tools/wireshark/README.md).
namespace Springtail.Sessions
{
    using Springtail.Keys;

    internal sealed partial class Attempt
    {
        partial void LogKeys() =>
            _options.KeyLog?.WriteClear(KeyLog.HandshakeMask, KeyLog.HandshakeKey, _sessionId, _daily.MaskKey, _handshakeKey);
    }

    internal sealed partial class ClockQuery
    {
        partial void LogKeys() => _options.KeyLog?.WriteClear(KeyLog.ClockMask, KeyLog.ClockKey, _nonce, _psk.ClockMaskKey, _psk.ClockKey);
    }

    internal sealed partial class Session
    {
        partial void LogSpace(ulong clientNumber, ulong serverNumber) =>
            Options.KeyLog?.WriteSpace(Id, Epochs.Current.Epoch, Space.MaskKey, clientNumber, serverNumber);
    }

    internal sealed partial class Epochs
    {
        partial void Log(EpochKeys keys) => _session.Options.KeyLog?.WriteEpoch(_session.Id, keys);
    }

    internal abstract partial class Emergency
    {
        partial void LogKeys() => Old.Options.KeyLog?.WriteEmergency(Old.Id, RequestMask, Key);

        partial void LogInterim(byte[] maskKey)
        {
            Old.Options.KeyLog?.WriteSpace(Old.Id, Keys.Epoch, maskKey, 0, 0);
            Old.Options.KeyLog?.WriteEpoch(Old.Id, Keys);
        }
    }
}

namespace Springtail.Listening
{
    using Springtail.Keys;

    internal sealed partial class Reception
    {
        partial void LogKeys(ulong sessionId, byte[] maskKey, byte[] handshakeKey) =>
            _options.KeyLog?.WriteClear(KeyLog.HandshakeMask, KeyLog.HandshakeKey, sessionId, maskKey, handshakeKey);
    }

    internal sealed partial class ClockAnswers
    {
        partial void LogKeys(PskKeys psk, ulong nonce) => _options.KeyLog?.WriteClear(KeyLog.ClockMask, KeyLog.ClockKey, nonce, psk.ClockMaskKey, psk.ClockKey);
    }
}
