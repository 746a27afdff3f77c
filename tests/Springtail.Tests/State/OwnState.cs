using System;
using System.IO;
using System.Runtime.CompilerServices;

namespace Springtail.Tests.State;

/// <summary>Commands that tests start keep their state in a folder of the tests, not in the user's.</summary>
internal static class OwnState
{
    [ModuleInitializer]
    internal static void Set()
    {
        string folder = Directory.CreateTempSubdirectory("springtail-tests-").FullName;
        Environment.SetEnvironmentVariable("SPRINGTAIL_STATE", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
