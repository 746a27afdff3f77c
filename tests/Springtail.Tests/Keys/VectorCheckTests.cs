using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Springtail.Crypto;
using Springtail.Tests.Support;
using Springtail.Vectors;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests;

/// <summary>The engine of <c>springtail vectors</c>: it agrees with the project's vectors, and with nothing else.</summary>
public class VectorCheckTests
{
    private const int Seed = 20261022;

    private readonly ITestOutputHelper _output;

    public VectorCheckTests(ITestOutputHelper output)
    {
        _output = output;
    }

    [Fact]
    public void EveryValueAgreesAndNoneWaits()
    {
        VectorReport report = VectorCheck.Run(new BclCore(), VectorsFile.Text);

        Assert.Empty(report.Differences.Select(d => d.Path));
        Assert.Empty(report.Waiting.Select(w => w.Path));
        Assert.Empty(report.Suspects());
        Assert.InRange(report.Agreed, 400, Leaves(VectorsFile.Root).Count);
        _output.WriteLine($"{report.Agreed} values agree");
    }

    [Theory]
    [InlineData(TestCores.Native)]
    [InlineData(TestCores.Desktop)]
    public void TheFastCoresAgree(string name)
    {
        VectorReport report = VectorCheck.Run(TestCores.Get(name), VectorsFile.Text);

        Assert.Empty(report.Differences.Select(d => d.Path));
        Assert.Empty(report.Waiting.Select(w => w.Path));
    }

    /// <summary>What needs a primitive that the core lacks is listed; everything else is checked.</summary>
    [Fact]
    public void WhatNeedsAMissingPrimitiveWaitsByName()
    {
        VectorReport report = VectorCheck.Run(new SuiteOneCore(new BclCore()), VectorsFile.Text);

        Assert.Empty(report.Differences.Select(d => d.Path));
        string[] sessionPackets = { "ack", "heartbeat", "data", "data_past_2_32", "time_sync_request", "ack_with_sack", "data_padded", "path_challenge", "path_response" };
        string[] keys = { "client_public", "server_public", "shared_secret" };
        List<string> expected = new();
        foreach ((string suite, string primitive) in new[] { ("suite_2", "X25519"), ("suite_4", "X25519"), ("suite_5", "SPAKE2"), ("continued", "X25519") })
        {
            expected.AddRange(keys.Select(name => $"{suite}.{name} {primitive}"));
            expected.AddRange(sessionPackets.Select(name => $"{suite}.{name} Poly1305"));
        }

        expected.Add("rekey_suite_5.first_heartbeat Poly1305");
        expected.Add("emergency.request AES-256-GCM");
        expected.Add("emergency.response AES-256-GCM");
        Assert.Equal(expected.Order(), report.Waiting.Select(w => $"{w.Path} {w.Primitive}").Order());
    }

    /// <summary>Every value of the file, altered alone, is named.</summary>
    [Fact]
    public void EveryAlteredValueIsNamed()
    {
        List<string> unnoticed = Unnoticed(new CachingCore());
        Assert.Equal(new[] { "about" }, unnoticed);
    }

    /// <summary>The same without some of the primitives: only what nothing but these can show is let pass.</summary>
    [Fact]
    public void EveryAlteredValueThatDoesNotWaitIsNamed()
    {
        List<string> unnoticed = Unnoticed(new SuiteOneCore(new CachingCore()));
        string[] letPass =
        {
            "about",
            "suite_2.client_private", "suite_2.server_private",
            "suite_4.client_private", "suite_4.server_private",
            "suite_5.client_private", "suite_5.server_private",
            "continued.client_private", "continued.server_private",
        };
        Assert.Equal(letPass, unnoticed);
    }

    /// <summary>The places of those values that can be altered in one of several ways without being named.</summary>
    private List<string> Unnoticed(ICryptoCore core)
    {
        Random random = new(Seed);
        List<string> unnoticed = new();
        JsonNode root = VectorsFile.Root.DeepClone();
        int runs = 0;
        foreach (Leaf leaf in Leaves(root))
        {
            JsonNode original = leaf.Value.DeepClone();
            bool named = true;
            foreach (JsonNode altered in Alterations(original, random))
            {
                leaf.Replace(altered);
                runs++;
                if (!IsNamed(core, root.ToJsonString(), leaf.Path))
                {
                    named = false;
                    _output.WriteLine($"not named: {leaf.Path} as {altered}");
                }
            }

            leaf.Replace(original);
            if (!named)
            {
                unnoticed.Add(leaf.Path);
            }
        }

        _output.WriteLine($"{runs} altered files, seed {Seed}");
        return unnoticed;
    }

    private static bool IsNamed(ICryptoCore core, string json, string path)
    {
        try
        {
            VectorReport report = VectorCheck.Run(core, json);
            return report.Differences.Count > 0 && report.Suspects().Contains(path);
        }
        catch (VectorFileException e)
        {
            return e.Path == path;
        }
    }

    [Fact]
    public void AMissingValueIsRefusedByName()
    {
        CachingCore core = new();
        foreach (Leaf leaf in Leaves(VectorsFile.Root))
        {
            JsonNode root = VectorsFile.Root.DeepClone();
            JsonNode parent = Find(root, leaf).Parent!;
            if (parent is JsonArray || leaf.Path.StartsWith("endpoints.", StringComparison.Ordinal) || IsPortOfARange(leaf.Path))
            {
                // These lists may have any length and these names are theirs to choose.
                continue;
            }

            parent.AsObject().Remove(leaf.Name);
            VectorFileException e = Assert.Throws<VectorFileException>(() => VectorCheck.Run(core, root.ToJsonString()));

            // A file of version 1 does not say which it is of: then the first name that it cannot have is refused.
            Assert.Equal(leaf.Path == "protocol" ? "long_term.name" : leaf.Path, e.Path);
        }
    }

    private static bool IsPortOfARange(string path) => path.Contains("].port") || path.Contains("].client") || path.Contains("].server");

    [Fact]
    public void AnUnknownNameIsRefusedByName()
    {
        CachingCore core = new();
        foreach (JsonObject original in Objects(VectorsFile.Root))
        {
            JsonNode root = VectorsFile.Root.DeepClone();
            JsonObject target = Objects(root).Single(o => o.GetPath() == original.GetPath());
            target["strange"] = "00";
            VectorFileException e = Assert.Throws<VectorFileException>(() => VectorCheck.Run(core, root.ToJsonString()));
            Assert.EndsWith("strange", e.Path);
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("{\"about\": ", "")]
    [InlineData("[]", "")]
    [InlineData("{\"about\": \"\", \"about\": \"\"}", "about")]
    [InlineData("{\"about\": \"\", \"long_term\": 7}", "long_term")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": 7}}", "long_term.psk")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": \"0g\"}}", "long_term.psk")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": \"000\"}}", "long_term.psk")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": \"00\", \"utc_ms\": 5}}", "long_term.utc_ms")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": \"00\", \"utc_ms\": \"05\"}}", "long_term.utc_ms")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": \"00\", \"utc_ms\": \"18446744073709551616\"}}", "long_term.utc_ms")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": \"00\", \"utc_ms\": \"5\", \"session_id\": \"1\", \"key_exchange_id\": 65536}}", "long_term.key_exchange_id")]
    [InlineData("{\"about\": \"\", \"long_term\": {\"psk\": \"00\", \"utc_ms\": \"5\", \"session_id\": \"1\", \"key_exchange_id\": 1.5}}", "long_term.key_exchange_id")]
    public void AMalformedFileIsRefusedWithThePlace(string json, string path)
    {
        VectorFileException e = Assert.Throws<VectorFileException>(() => VectorCheck.Run(new BclCore(), json));
        Assert.Equal(path, e.Path);
        Assert.StartsWith(path, e.Message);
    }

    /// <summary>
    /// Nothing depends on the values of the project's own file: with other inputs, and the results that follow from them
    /// written in, a file agrees.
    /// </summary>
    [Fact]
    public void AnotherFileOfTheSameFormAgrees()
    {
        Random random = new(Seed);
        BclCore core = new();
        JsonNode root = VectorsFile.Root.DeepClone();
        List<Leaf> leaves = Leaves(root);
        string[] inputs =
        {
            "psk", "client_private", "server_private", "requester_private", "responder_private", "nonce", "resume_nonce", "iv", "response_iv", "recovery_token",
            "challenge_nonce", "data_message", "discovery_id", "challenge", "recovery_session_id", "session_id", "salt", "reason", "last_received", "secret_key",
        };
        foreach (Leaf leaf in leaves.Where(l => inputs.Contains(l.Name)))
        {
            leaf.Replace(Other(leaf.Value, random));
        }

        // Longer lists, and a list entry that stands twice.
        root["rendezvous"]!.AsArray().Add(root["rendezvous"]![0]!.DeepClone());
        root["suite_3"]!["ports"]!.AsArray().RemoveAt(0);
        root["discovery"]!["psks"]!.AsArray().Add(Convert.ToHexString(new byte[20]).ToLowerInvariant());
        root["discovery"]!["blinded"]!.AsArray().Add("00");
        root["discovery"]!["candidates"]!.AsArray().Add("00");

        VectorReport report = VectorCheck.Run(core, root.ToJsonString());
        Assert.True(report.Differences.Count > 300);
        leaves = Leaves(root);
        foreach (VectorDifference difference in report.Differences)
        {
            Leaf leaf = leaves.Single(l => l.Path == difference.Path);
            leaf.Replace(leaf.Value.GetValueKind() == JsonValueKind.Number
                ? JsonValue.Create(ulong.Parse(difference.Computed, CultureInfo.InvariantCulture))
                : JsonValue.Create(difference.Computed));
        }

        report = VectorCheck.Run(core, root.ToJsonString());
        Assert.Empty(report.Differences.Select(d => d.Path));
        Assert.Empty(report.Waiting);
    }

    // ---- alterations

    private static JsonNode Other(JsonNode value, Random random)
    {
        if (value.GetValueKind() == JsonValueKind.Number)
        {
            return JsonValue.Create(random.Next(1, 256));
        }

        string text = (string)value!;
        if (text.StartsWith("token ", StringComparison.Ordinal) || text.StartsWith("psk ", StringComparison.Ordinal))
        {
            return JsonValue.Create(text.Replace("ocean", "river"));
        }

        if (ulong.TryParse(text, out _) && text.Length <= 20)
        {
            return JsonValue.Create(random.NextInt64(1, long.MaxValue).ToString(CultureInfo.InvariantCulture));
        }

        byte[] bytes = new byte[text.Length / 2];
        random.NextBytes(bytes);
        bytes[0] &= 0x7F;
        return JsonValue.Create(Convert.ToHexString(bytes).ToLowerInvariant());
    }

    private static IEnumerable<JsonNode> Alterations(JsonNode value, Random random)
    {
        if (value.GetValueKind() == JsonValueKind.Number)
        {
            ulong number = value.GetValue<ulong>();
            yield return JsonValue.Create(number + 1);
            yield return JsonValue.Create(number ^ 1ul << random.Next(16));
            yield break;
        }

        string text = (string)value!;
        if (text.Length == 0)
        {
            yield return JsonValue.Create("x");
            yield break;
        }

        yield return JsonValue.Create(Alter(text, text.Length - 1));
        yield return JsonValue.Create(Alter(text, random.Next(text.Length)));
    }

    /// <summary>Another digit or letter at one place.</summary>
    private static string Alter(string text, int at)
    {
        char other = text[at] switch
        {
            '0' => '1',
            '1' => '2',
            '9' => '8',
            'f' => 'e',
            'z' => 'y',
            char c => (char)(c + 1),
        };
        return text[..at] + other + text[(at + 1)..];
    }

    // ---- the tree

    private sealed record Leaf(string Path, string Name, JsonNode Parent, object Key)
    {
        public JsonNode Value => Key is int index ? Parent[index]! : Parent[(string)Key]!;

        public void Replace(JsonNode value)
        {
            if (Key is int index)
            {
                Parent[index] = value;
            }
            else
            {
                Parent[(string)Key] = value;
            }
        }
    }

    private static List<Leaf> Leaves(JsonNode root)
    {
        List<Leaf> leaves = new();
        Collect(root, string.Empty, string.Empty);
        return leaves;

        void Collect(JsonNode node, string path, string name)
        {
            if (node is JsonObject members)
            {
                foreach (KeyValuePair<string, JsonNode?> member in members)
                {
                    Visit(member.Value!, path.Length == 0 ? member.Key : path + "." + member.Key, member.Key, node, member.Key);
                }
            }
            else
            {
                for (int i = 0; i < node.AsArray().Count; i++)
                {
                    Visit(node[i]!, $"{path}[{i}]", name, node, i);
                }
            }
        }

        void Visit(JsonNode node, string path, string name, JsonNode parent, object key)
        {
            if (node is JsonValue)
            {
                leaves.Add(new Leaf(path, name, parent, key));
            }
            else
            {
                Collect(node, path, name);
            }
        }
    }

    private static JsonNode Find(JsonNode root, Leaf leaf) => Leaves(root).Single(l => l.Path == leaf.Path).Value;

    private static IEnumerable<JsonObject> Objects(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject members => members.Select(m => m.Value),
            JsonArray items => items,
            _ => Array.Empty<JsonNode?>(),
        };
        IEnumerable<JsonObject> below = children.SelectMany(c => Objects(c!));
        return node is JsonObject self ? below.Prepend(self) : below;
    }
}
