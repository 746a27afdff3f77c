using System.IO;
using Springtail.Gateway.Bench;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>Skipped, with a plain word, where there is no Mosquitto.</summary>
internal sealed class MosquittoFactAttribute : FactAttribute
{
    /// <param name="isLong">It is a long form.</param>
    public MosquittoFactAttribute(bool isLong = false) => Skip = (isLong ? LongForm.LeftOut : null) ?? Missing;

    /// <summary>What is said where there is none; null where there is.</summary>
    public static string? Missing => File.Exists(Mosquitto.Program) ? null : "Mosquitto is not installed (apt-get install mosquitto).";
}

/// <summary>The same for a test with data.</summary>
internal sealed class MosquittoTheoryAttribute : TheoryAttribute
{
    public MosquittoTheoryAttribute() => Skip = MosquittoFactAttribute.Missing;
}
