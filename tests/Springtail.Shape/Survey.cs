using System.Collections.Generic;
using System.Linq;

namespace Springtail.Shape;

/// <summary>All flows of a run.</summary>
internal sealed class Survey
{
    // Of 50 sessions one each takes suite 1, 3 and 5, whose keys take their time.
    private const int Sparing = 50;

    private readonly List<Flow> _flows = [];

    /// <summary>Plays that many handshakes, and a fifth as many of each other scene.</summary>
    /// <param name="handshakes">How many.</param>
    /// <param name="seed">For delays, sizes and who asks; keys and shapes are random each time, as in the field.</param>
    /// <param name="plain">Without padding, and with timers of fixed length.</param>
    public Survey(int handshakes, int seed, bool plain = false)
    {
        Plain = plain;
        for (int i = 0; i < handshakes; i++)
        {
            int suite = (i % Sparing) switch { 1 => 1, 2 => 3, 3 => 5, _ => 2 };
            bool more = i % 5 == 0;
            _flows.AddRange(Stage.PlaySession(seed + i, suite, plain, more));
            if (more)
            {
                _flows.AddRange(Stage.PlaySilence(seed + i, plain));
                _flows.AddRange(Stage.PlayEnd(seed + i, plain));
                _flows.AddRange(Stage.PlayQuestions(seed + i, true));
                _flows.AddRange(Stage.PlayQuestions(seed + i, false));
            }
        }
    }

    public bool Plain { get; }

    public IReadOnlyList<Flow> All => _flows;

    public int Packets => _flows.Sum(f => f.Packets.Count);

    public List<Flow> Of(Scene scene) => [.. _flows.Where(f => f.Scene == scene)];
}
