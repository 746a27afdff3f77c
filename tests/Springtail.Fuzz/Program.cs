using System;
using System.IO;
using SharpFuzz;
using Springtail.Fuzz;

// springtail-fuzz TARGET [FILE...]: under afl-fuzz or libFuzzer the fuzzer's inputs, with files each of them once; --seeds DIR writes the valid inputs that a fuzzer begins with.
Target? target = Array.Find(Target.All, t => args.Length > 0 && t.Name == args[0]);
if (target == null)
{
    Console.Error.WriteLine("usage: springtail-fuzz TARGET [--libfuzzer | --seeds DIR | FILE...]; TARGET is one of " + string.Join(", ", Array.ConvertAll(Target.All, t => t.Name)));
    return 2;
}

if (args.Length == 1)
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using MemoryStream input = new();
        stream.CopyTo(input);
        target.Run(input.GetBuffer().AsSpan(0, (int)input.Length));
    });
}
else if (args[1] == "--libfuzzer")
{
    Fuzzer.LibFuzzer.Run(input => target.Run(input));
}
else if (args[1] == "--seeds" && args.Length == 3)
{
    Directory.CreateDirectory(args[2]);
    byte[][] seeds = target.Seeds();
    for (int i = 0; i < seeds.Length; i++)
    {
        File.WriteAllBytes(Path.Combine(args[2], $"{target.Name}-{i}"), seeds[i]);
    }
}
else
{
    foreach (string file in args.AsSpan(1))
    {
        target.Run(File.ReadAllBytes(file));
    }
}

return 0;
