using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using Springtail.Crypto;
using Springtail.Vectors;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail vectors FILE</c></summary>
internal static class VectorsCommand
{
    public static Command Create()
    {
        Argument<string> file = new("FILE") { Description = "A file of the form of tests/vectors/vectors.json." };
        VerbCommand command = new("vectors", "Recomputes every value of a vector file from its inputs and names what differs.",
            examples: ["springtail vectors tests/vectors/vectors.json"]) { file };
        command.Run((arguments, output) => Check(arguments.GetRequiredValue(file), output));
        return command;
    }

    private static int Check(string path, Output output)
    {
        VectorReport report;
        try
        {
            report = VectorCheck.Run(CryptoCore.Default, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"{path} cannot be read: {e.Message}", e);
        }
        catch (VectorFileException e)
        {
            throw new CommandException(ExitCode.File, $"{path} is not a vector file: {e.Message}", e);
        }

        foreach (IGrouping<string, VectorWait> group in report.Waiting.GroupBy(w => w.Primitive))
        {
            string[] paths = [.. group.Select(w => w.Path)];
            output.Result("waiting", $"waits for {group.Key}: {string.Join(", ", paths)}", ("primitive", group.Key), ("values", paths));
        }

        foreach (VectorDifference difference in report.Differences)
        {
            output.Result(
                "difference", $"differs: {difference.Path}\n    file      {difference.Expected}\n    computed  {difference.Computed}",
                ("value", difference.Path), ("file", difference.Expected), ("computed", difference.Computed));
        }

        string[] suspects = [.. report.Suspects()];
        if (suspects.Length > 0)
        {
            output.Result("suspects", "altered, if it is one value: " + string.Join(" or ", suspects), ("values", suspects));
        }

        output.Result(
            "summary", $"{report.Agreed} values agree, {report.Waiting.Count} wait, {report.Differences.Count} differ",
            ("agreed", report.Agreed), ("waiting", report.Waiting.Count), ("differences", report.Differences.Count));
        if (report.Differences.Count == 0)
        {
            return ExitCode.Success;
        }

        output.Error($"{path} differs from what was computed, first at {report.Differences[0].Path}.");
        return ExitCode.VectorsDiffer;
    }
}
