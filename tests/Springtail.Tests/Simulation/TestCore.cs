using Springtail.Crypto;

namespace Springtail.Tests.Simulation;

/// <summary>The core that the desktop has, for all worlds.</summary>
internal static class TestCore
{
    public static readonly ICryptoCore Instance = CryptoCore.Default;
}
