#nullable disable
using System.Globalization;
using System.Net;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <content>Long-term keys, rendezvous and endpoints (PROTOCOL.md 1, 2 and 4).</content>
internal sealed partial class VectorCheck
{
    private void CheckLongTerm(VectorObject section)
    {
        _psk = section.Bytes("psk");
        _utcMs = section.U64("utc_ms");
        _sessionId = section.U64("session_id");
        _keyExchangeId = section.Integer("key_exchange_id", ushort.MaxValue);
        VectorValue nonce = section.Bytes("nonce");

        VectorValue date = _report.Compare(section.Text("date"), Dates.Date(_utcMs.Number), _utcMs);
        Check(section, "fingerprint", LongTermKeys.Fingerprint(_core, _psk.Bytes), _psk);
        _dailyKey = Check(section, "daily_key", LongTermKeys.DailyKey(_core, _psk.Bytes, date.Text), _psk, date);
        if (_protocol == UnmarkedVersion)
        {
            _handshakeKey = _report.Wait(section.Bytes("handshake_key"), OtherVersion);
        }
        else
        {
            _handshakeKey = CheckHandshakeKey(section, "handshake_key", new VectorValue("no name", string.Empty), _sessionId, _keyExchangeId);
            CheckHandshakeKey(section, "handshake_key_of_name", section.Text("name"), _sessionId, _keyExchangeId);
            CheckMark(section, "client", section.Bytes("client_installation_id", LongTermKeys.InstallationIdSize), _sessionId);
            CheckMark(section, "server", section.Bytes("server_installation_id", LongTermKeys.InstallationIdSize), _sessionId);
        }

        VectorValue truncated = Check(section, "daily_key_truncated_hkdf", LongTermKeys.DailyKeyTruncated(_core, _psk.Bytes, date.Text), _psk, date);
        Check(section, "session_key", LongTermKeys.DeriveSessionKey(_core, _dailyKey.Bytes, _sessionId.Number, nonce.Bytes), _dailyKey, _sessionId, nonce);
        Check(
            section, "session_key_truncated_hkdf", LongTermKeys.DeriveSessionKeyTruncated(_core, truncated.Bytes, _sessionId.Number, nonce.Bytes),
            truncated, _sessionId, nonce);
    }

    private VectorValue CheckHandshakeKey(VectorObject section, string name, VectorValue listener, VectorValue sessionId, VectorValue keyExchangeId)
    {
        byte[] key = LongTermKeys.HandshakeKey(
            _core, _dailyKey.Bytes, sessionId.Number, (ushort)keyExchangeId.Number, System.Text.Encoding.UTF8.GetBytes(listener.Text));
        return Check(section, name, key, _dailyKey, sessionId, keyExchangeId, listener);
    }

    private VectorValue CheckMark(VectorObject section, string side, VectorValue installationId, VectorValue sessionId)
    {
        return Check(section, side + "_mark", U64(LongTermKeys.Mark(_core, installationId.Bytes, sessionId.Number)), installationId, sessionId);
    }

    private void CheckRendezvous(VectorObject entry)
    {
        VectorValue r = entry.U64("r");
        VectorValue date = _report.Compare(entry.Text("date"), Rendezvous.Date(r.Number), r);
        byte[] dailyKey = LongTermKeys.DailyKey(_core, _psk.Bytes, date.Text);
        foreach (string name in entry.Names)
        {
            if (TryPortRange(name, "port", out int portMin, out int portCount))
            {
                CheckU32(entry, name, (ulong)Rendezvous.Port(_core, dailyKey, r.Number, portMin, portCount), _psk, date, r);
            }
        }
    }

    private void CheckEndpoints(VectorObject section)
    {
        foreach (string name in section.Names)
        {
            if (!IPEndPoint.TryParse(name, out IPEndPoint parsed))
            {
                throw new VectorFileException(section.PathOf(name), "this name is no address and port.");
            }

            Endpoint endpoint = new Endpoint { Port = parsed.Port };
            endpoint.SetAddress(parsed.Address.GetAddressBytes());
            byte[] bytes = new byte[Endpoint.Size];
            endpoint.Write(bytes, 0);
            Check(section, name, bytes);
        }
    }

    /// <summary>Reads names like "port" (the default range) and "port_40000_1000" (40 000, 1 000 ports).</summary>
    private bool TryPortRange(string name, string prefix, out int portMin, out int portCount)
    {
        portMin = _defaultPortMin;
        portCount = _defaultPortCount;
        if (name == prefix)
        {
            return true;
        }

        string[] words = name.Split('_');
        return words.Length == 3 && words[0] == prefix
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out portMin)
            && int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out portCount)
            && portCount > 0 && portMin <= 65536 - portCount;
    }
}
