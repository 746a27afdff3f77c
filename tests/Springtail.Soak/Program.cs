using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using Springtail.Sessions;

namespace Springtail.Soak;

/// <summary>tools/soak: seed after seed, until the time is over, the number is reached, or somebody presses Ctrl+C.</summary>
internal static class Program
{
    private const string Usage = """
        tools/soak [--hours H | --seeds N] [--from SEED] [--jobs N] [--trace | --packets]

          --hours H     go on for H hours (of a clock on the wall; 0.1 is six minutes)
          --seeds N     play N seeds; 1000 unless --hours is given
          --from SEED   the first seed, 1 by default; a seed plays the same each time
          --jobs N      how many seeds at a time, 1 by default
          --trace       say what each seed stands for and when its calms begin
          --packets     that, and each packet that a host sends or opens

        Prints each seed in which an invariant does not hold, how to repeat it, and figures at the end.
        Exit code: 0 all held, 1 something did not, 2 usage.
        """;

    public static int Main(string[] arguments)
    {
        SessionStates.AreRequired = true;
        double hours = 0;
        long seeds = 0;
        uint from = 1;
        int jobs = 1;
        bool trace = false;
        bool packets = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            bool good = arguments[i] switch
            {
                "--hours" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out hours) && hours > 0,
                "--seeds" => long.TryParse(value, out seeds) && seeds > 0,
                "--from" => uint.TryParse(value, out from),
                "--jobs" => int.TryParse(value, out jobs) && jobs > 0,
                "--trace" => trace = true,
                "--packets" => trace = packets = true,
                _ => false,
            };
            if (!good)
            {
                Console.Error.WriteLine(Usage);
                return arguments[i] is "--help" or "-h" ? 0 : 2;
            }

            i += arguments[i] is "--trace" or "--packets" ? 0 : 1;
        }

        seeds = seeds == 0 && hours == 0 ? 1000 : seeds;
        return Soak(from, seeds == 0 ? long.MaxValue : seeds, hours == 0 ? TimeSpan.MaxValue : TimeSpan.FromHours(hours), jobs, trace, packets);
    }

    private static int Soak(uint from, long seeds, TimeSpan time, int jobs, bool trace, bool packets)
    {
        Figures all = new();
        bool stopped = false;
        Console.CancelKeyPress += (_, e) => stopped = e.Cancel = true;
        Stopwatch watch = Stopwatch.StartNew();
        long next = -1;
        Thread[] workers = new Thread[jobs];
        for (int i = 0; i < jobs; i++)
        {
            workers[i] = new Thread(() =>
            {
                while (!stopped && watch.Elapsed < time)
                {
                    long index = Interlocked.Increment(ref next);
                    if (index >= seeds)
                    {
                        return;
                    }

                    uint seed = (uint)(from + index);
                    (Figures figures, Violation? violation) = Run.Play(seed, trace ? Console.WriteLine : null, packets);
                    lock (all)
                    {
                        all.Add(figures);
                        if (violation != null)
                        {
                            Console.WriteLine($"FAILED   seed {seed}: {violation.Message}");
                            Console.WriteLine($"         tools/soak --from {seed} --seeds 1 --trace");
                            if (trace && violation.InnerException != null)
                            {
                                Console.WriteLine(violation.InnerException);
                            }
                        }
                    }
                }
            });
            workers[i].Start();
        }

        foreach (Thread worker in workers)
        {
            worker.Join();
        }

        Console.WriteLine(all);
        Console.WriteLine($"took               {watch.Elapsed.TotalSeconds:F0} s");
        return all.Violations == 0 ? 0 : 1;
    }
}
