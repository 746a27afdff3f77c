using System;

namespace DeviceViolations;

/// <summary>The rule that the IL test must find broken in this type or member.</summary>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
internal sealed class ViolatesAttribute : Attribute
{
    public ViolatesAttribute(string rule)
    {
    }
}
