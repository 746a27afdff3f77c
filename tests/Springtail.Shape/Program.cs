using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;

namespace Springtail.Shape;

/// <summary>tests/shape/run: what who watches the wire can tell.</summary>
internal static class Program
{
    private const int Seed = 1;
    private const int Handshakes = 1000;
    private const int FullHandshakes = 5000;
    private const int PlainHandshakes = 100;

    public static int Main(string[] arguments)
    {
        Survey survey = new(arguments.Contains("--full") ? FullHandshakes : Handshakes, Seed);
        Console.WriteLine(
            $"{survey.Of(Scene.Handshake).Count} handshakes, {survey.Of(Scene.Rekey).Count} rekeys, {survey.Of(Scene.Clock).Count} clock exchanges, "
            + $"{survey.Of(Scene.Discovery).Count} discoveries, and what gets no answer: {survey.Packets} packets");
        List<Finding> findings = [.. Judge.Examine(survey), .. Observer.Try(survey, Seed)];

        // Whether he who finds nothing could have found something.
        int found = Judge.Examine(new Survey(PlainHandshakes, Seed, plain: true)).Count(f => !f.Holds);
        findings.Add(new Finding("without padding and jitter it is told", found >= Judge.FirstPackets + 2, $"{found} of these do not hold then"));
        foreach (Finding finding in findings)
        {
            Console.WriteLine($"{(finding.Holds ? "passed " : "FAILED ")}  {finding.Name}: {finding.Figure}");
        }

        int failed = findings.Count(f => !f.Holds);
        Console.WriteLine($"{Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:0.0} s of processor time");
        Console.WriteLine($"{findings.Count - failed} passed, {failed} failed, 0 skipped");
        return failed == 0 ? 0 : 1;
    }
}
