namespace DeviceViolations.Embedded;

public class Embedded
{
    public string? Text(string? text) => text;
}

public readonly struct ReadOnlyStruct
{
    public readonly int Value;
}
