using System.IO;
using System.Linq;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>Skipped, with a plain word, where no process can be shown another time than the system's.</summary>
internal sealed class FakeTimeFactAttribute : FactAttribute
{
    private const string Folder = "/usr/lib";

    /// <param name="isLong">It is a long form.</param>
    public FakeTimeFactAttribute(bool isLong = false)
    {
        Skip = (isLong ? LongForm.LeftOut : null) ?? (Library == null ? "faketime is not installed (apt-get install faketime)." : null);
    }

    /// <summary>What is loaded before all others; null where there is none.</summary>
    public static string? Library { get; } =
        Directory.Exists(Folder) ? Directory.GetDirectories(Folder).Select(d => Path.Combine(d, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists) : null;
}
