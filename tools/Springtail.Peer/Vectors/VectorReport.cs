#nullable disable
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Springtail.Vectors;

/// <summary>A value of the file that is not what its inputs give.</summary>
internal sealed class VectorDifference
{
    internal VectorDifference(string path, string expected, string computed)
    {
        Path = path;
        Expected = expected;
        Computed = computed;
    }

    /// <summary>The place, as in <c>suite_1.parameters.client_key</c>.</summary>
    public string Path { get; }

    /// <summary>What the file says.</summary>
    public string Expected { get; }

    /// <summary>What was computed: hex, a decimal number, text, or why there is nothing.</summary>
    public string Computed { get; }
}

/// <summary>A value that could not be computed, since the core lacks a primitive.</summary>
internal sealed class VectorWait
{
    internal VectorWait(string path, string primitive)
    {
        Path = path;
        Primitive = primitive;
    }

    public string Path { get; }

    /// <summary>X25519, Poly1305, AES-256-GCM or SPAKE2.</summary>
    public string Primitive { get; }
}

/// <summary>What came of <see cref="VectorCheck.Run"/>.</summary>
internal sealed class VectorReport
{
    private readonly List<VectorDifference> _differences = new List<VectorDifference>();
    private readonly List<VectorWait> _waiting = new List<VectorWait>();
    private readonly List<Step> _steps = new List<Step>();
    private readonly HashSet<string> _differing = new HashSet<string>();

    internal VectorReport()
    {
    }

    /// <summary>True when no value differs. Values may wait.</summary>
    public bool Agrees => _differences.Count == 0;

    /// <summary>How many values are what was computed.</summary>
    public int Agreed { get; private set; }

    public IReadOnlyList<VectorDifference> Differences => _differences;

    /// <summary>What waits for a primitive. What can be checked of such a value without it was checked.</summary>
    public IReadOnlyList<VectorWait> Waiting => _waiting;

    /// <summary>
    /// The values any one of which, if it was altered, explains all differences: the first difference, when all others
    /// follow from it, and those inputs from which nothing comes out as expected. Empty when no single value explains them.
    /// </summary>
    public IReadOnlyList<string> Suspects()
    {
        // The trouble begins with what differs although all that it was computed from is as expected.
        List<Step> first = _steps.FindAll(s => s.Differs && !s.From.Any(v => v.Path != s.Path && _differing.Contains(v.Path)));
        if (first.Count == 0)
        {
            return Array.Empty<string>();
        }

        List<string> suspects = new List<string>();
        if (first.Count == 1)
        {
            suspects.Add(first[0].Path);
        }

        foreach (string input in first[0].From.Select(v => v.Path).Distinct())
        {
            if (first.TrueForAll(s => s.IsFrom(input)) && !_steps.Exists(s => s.Clears(input)))
            {
                suspects.Add(input);
            }
        }

        return suspects;
    }

    internal VectorValue Compare(VectorValue file, byte[] computed, params VectorValue[] from)
    {
        Record(file.Path, file.Bytes.AsSpan().SequenceEqual(computed), true, Hex(file.Bytes), Hex(computed), from);
        return new VectorValue(file.Path, computed);
    }

    internal VectorValue Compare(VectorValue file, ulong computed, params VectorValue[] from)
    {
        Record(file.Path, file.Number == computed, false, Decimal(file.Number), Decimal(computed), from);
        return new VectorValue(file.Path, computed);
    }

    internal VectorValue Compare(VectorValue file, string computed, params VectorValue[] from)
    {
        Record(file.Path, file.Text == computed, false, file.Text, computed, from);
        return new VectorValue(file.Path, computed);
    }

    /// <summary>There is no such value, for a reason that lies in its inputs; the file's goes on.</summary>
    internal VectorValue Refuse(VectorValue file, string reason, params VectorValue[] from)
    {
        Record(file.Path, false, true, Hex(file.Bytes), "nothing: " + reason, from);
        return file;
    }

    /// <summary>The value cannot be computed yet; the file's goes on.</summary>
    internal VectorValue Wait(VectorValue file, string primitive)
    {
        _waiting.Add(new VectorWait(file.Path, primitive));
        return file;
    }

    private void Record(string path, bool agrees, bool isUnique, string expected, string computed, VectorValue[] from)
    {
        _steps.Add(new Step(path, !agrees, isUnique, from));
        if (agrees)
        {
            Agreed++;
        }
        else
        {
            _differences.Add(new VectorDifference(path, expected, computed));
            _differing.Add(path);
        }
    }

    private static string Hex(byte[] bytes)
    {
        return Convert.ToHexString(bytes).ToLowerInvariant();
    }

    private static string Decimal(ulong number)
    {
        return number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>One value that was computed.</summary>
    private sealed class Step
    {
        private readonly bool _isUnique;

        public Step(string path, bool differs, bool isUnique, VectorValue[] from)
        {
            Path = path;
            Differs = differs;
            From = from;
            _isUnique = isUnique;
        }

        public string Path { get; }

        public bool Differs { get; }

        /// <summary>The values that went into it.</summary>
        public VectorValue[] From { get; }

        public bool IsFrom(string input)
        {
            return From.Any(v => v.Path == input);
        }

        /// <summary>
        /// True when this value would differ had that input been altered, and does not. Byte strings show that; a number
        /// or a date may be the same for two inputs.
        /// </summary>
        public bool Clears(string input)
        {
            return !Differs && _isUnique && From.Any(v => v.Path == input && !v.IsPartOnly);
        }
    }
}
