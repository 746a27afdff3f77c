#nullable disable
using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <summary>
/// Recomputes the values of a vector file (the form of <c>vectors.json</c> beside PROTOCOL.md) from its inputs.
/// What was computed goes on into what follows from it, so an altered result is one difference, and an altered input
/// differs wherever it went. What a core cannot compute is listed, and the file's own value goes on in its place.
/// </summary>
internal sealed partial class VectorCheck
{
    // Files of version 1 do not say so. What is not the same in both versions waits: their packets, and the keys that a listener's name is in now.
    private const int UnmarkedVersion = 1;
    private const string OtherVersion = "version 1 of the protocol";
    private const uint RepairStep = 65536;

    private readonly ICryptoCore _core;
    private readonly VectorReport _report = new VectorReport();

    private int _protocol;
    private int _defaultPortMin;
    private int _defaultPortCount;
    private VectorValue _psk;
    private VectorValue _utcMs;
    private VectorValue _sessionId;
    private VectorValue _keyExchangeId;
    private VectorValue _dailyKey;
    private VectorValue _handshakeKey;

    private VectorCheck(ICryptoCore core)
    {
        _core = core;
    }

    /// <summary>Checks a file.</summary>
    /// <param name="core">The primitives. What it throws NotSupportedException for waits.</param>
    /// <param name="json">The text of the file.</param>
    /// <exception cref="VectorFileException">The file is not of that form.</exception>
    public static VectorReport Run(ICryptoCore core, string json)
    {
        VectorObject file = VectorObject.Parse(json);
        VectorCheck check = new VectorCheck(core);
        check.CheckFile(file);
        file.RequireAllRead();
        return check._report;
    }

    private void CheckFile(VectorObject file)
    {
        file.Text("about");
        _protocol = file.Has("protocol") ? (int)file.Integer("protocol", Packet.Version).Number : UnmarkedVersion;
        _defaultPortMin = _protocol == UnmarkedVersion ? 1024 : 24576;
        _defaultPortCount = _protocol == UnmarkedVersion ? 64512 : 1024;
        CheckLongTerm(file.Object("long_term"));
        foreach (VectorObject entry in file.Objects("rendezvous"))
        {
            CheckRendezvous(entry);
        }

        CheckEndpoints(file.Object("endpoints"));
        Session suite1 = CheckSuite(file.Object("suite_1"), 1, false);
        Session diversified = CheckSuite(file.Object("suite_1_diversified"), 1, true);
        CheckSuite(file.Object("suite_2"), 2, false);
        CheckSuite(file.Object("suite_3"), 3, false);
        CheckSuite(file.Object("suite_4"), 4, false);
        Session suite5 = CheckSuite(file.Object("suite_5"), 5, false);
        if (file.Has("continued"))
        {
            CheckContinued(file.Object("continued"), suite1);
        }

        CheckHopPastU32(file.Object("hop_past_32_bits"));
        RekeyMaterial rekey = CheckRekey(file.Object("rekey"), suite1);
        CheckRepair(file.Object("repair"));
        VectorValue resumeNonce = CheckResume(file.Object("resume"), suite1);
        CheckDiversifiedEpochs(file.Object("rekey_and_resume_diversified"), diversified, rekey, resumeNonce);
        CheckRekeySuite5(file.Object("rekey_suite_5"), suite5, rekey);
        Interim interim = CheckEmergency(file.Object("emergency"), suite1);
        CheckAfterEmergency(file.Object("after_emergency"), suite1, interim, rekey);
        CheckDiscovery(file.Object("discovery"));
        CheckClock(file.Object("clock"));
        if (file.Has("clock_of_name"))
        {
            CheckClock(file.Object("clock_of_name"));
        }
    }

    private VectorValue Check(VectorObject section, string name, byte[] computed, params VectorValue[] from)
    {
        return _report.Compare(section.Bytes(name), computed, from);
    }

    private VectorValue CheckU32(VectorObject section, string name, ulong computed, params VectorValue[] from)
    {
        return _report.Compare(section.Integer(name, uint.MaxValue), computed, from);
    }

    private VectorValue CheckU64(VectorObject section, string name, ulong computed, params VectorValue[] from)
    {
        return _report.Compare(section.U64(name), computed, from);
    }

    private VectorValue[] CheckEach(VectorObject section, string name, VectorValue[] inputs, Func<int, byte[]> compute, Func<int, VectorValue[]> from)
    {
        IReadOnlyList<VectorValue> own = section.ByteStrings(name);
        if (own.Count != inputs.Length)
        {
            throw new VectorFileException(section.PathOf(name), "there must be " + inputs.Length + " values; there are " + own.Count + ".");
        }

        VectorValue[] values = new VectorValue[own.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _report.Compare(own[i], compute(i), from(i));
        }

        return values;
    }

    private VectorValue CompareOrRefuse(VectorValue own, byte[] computed, string reason, params VectorValue[] from)
    {
        return computed == null ? _report.Refuse(own, reason, from) : _report.Compare(own, computed, from);
    }

    /// <summary>The sentence says which sections a section takes values from, so only the known one will do.</summary>
    private static void RequireAbout(VectorObject section, string expected)
    {
        VectorValue about = section.Text("about");
        if (about.Text != expected)
        {
            throw new VectorFileException(about.Path, "\"" + expected + "\" is expected here.");
        }
    }

    private static byte[] U16(ushort value)
    {
        byte[] bytes = new byte[2];
        Wire.WriteU16(bytes, 0, value);
        return bytes;
    }

    private static byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        Wire.WriteU32(bytes, 0, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        Wire.WriteU64(bytes, 0, value);
        return bytes;
    }

    private static byte[] Join(params byte[][] parts)
    {
        return parts.SelectMany(p => p).ToArray();
    }
}
