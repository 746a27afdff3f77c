using System;
using System.Linq;
using System.Reflection;
using nanoFramework.TestFramework;
using Xunit;

namespace Springtail.Tests.DeviceSuite;

/// <summary>The tests of tests/NFUnitTest, which the nanoCLR runs, on the desktop: one row for each.</summary>
public class DeviceSuiteTests
{
    public static TheoryData<string> Tests
    {
        get
        {
            TheoryData<string> data = new();
            foreach (Type type in typeof(DeviceSuiteTests).Assembly.GetTypes().Where(t => t.GetCustomAttribute<TestClassAttribute>() != null))
            {
                foreach (MethodInfo method in type.GetMethods().Where(m => m.GetCustomAttribute<TestMethodAttribute>() != null))
                {
                    data.Add($"{type.FullName}.{method.Name}");
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Tests))]
    public void Passes(string test)
    {
        int dot = test.LastIndexOf('.');
        Type type = typeof(DeviceSuiteTests).Assembly.GetType(test[..dot])!;
        type.GetMethod(test[(dot + 1)..])!.CreateDelegate<Action>(Activator.CreateInstance(type))();
    }
}
