using System;

namespace Springtail.Peer.Explain;

/// <summary>Something that happened in a session.</summary>
/// <param name="Time">When.</param>
/// <param name="Frame">The frame that shows it.</param>
/// <param name="Name">What it is, for a script.</param>
/// <param name="Text">What it is, for a person.</param>
internal sealed record StoryEvent(DateTime Time, int Frame, string Name, string Text);
