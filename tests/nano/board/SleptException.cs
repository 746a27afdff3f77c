using System;

namespace Springtail.Board;

/// <summary>The board has slept: whatever was in its memory is gone.</summary>
internal sealed class SleptException : Exception
{
}
