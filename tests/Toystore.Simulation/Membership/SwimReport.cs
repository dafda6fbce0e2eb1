using System.Diagnostics;
using System.Globalization;
using Toystore.Core.Membership;

namespace Toystore.Simulation.Membership;

/// <summary>Runs all experiments of <see cref="SwimMeasures"/> and prints what they give, next to what is demanded.</summary>
internal static class SwimReport
{
    /// <summary>The parts that can be run.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["detection", "rest", "spread", "deaths", "storm", "split"];

    /// <summary>Runs the parts.</summary>
    public static void Run(TextWriter output, IReadOnlyCollection<string> parts, ulong seed, int membersMax)
    {
        int[] sizes = [.. new[] { 10, 30, 100, 300, 1000 }.Where(size => size <= membersMax)];
        if (parts.Contains("detection"))
        {
            output.WriteLine("first detection, mean, in protocol periods (1.58 +- 0.1)");
            foreach (var size in sizes)
            {
                Timed(output, size, () =>
                {
                    var (mean, trials) = SwimMeasures.Detection(seed, size, size <= 30 ? 20_000 : size < 300 ? 4000 : 1000);
                    return $"{mean:0.000}  ({trials} crashes)";
                });
            }
        }

        if (parts.Contains("rest"))
        {
            output.WriteLine("sent per member and period at rest, sealed (<= 2.2 packets)");
            foreach (var size in sizes)
            {
                Timed(output, size, () =>
                {
                    var (packets, bytes) = SwimMeasures.Rest(seed, size, 60);
                    return $"{packets:0.000} packets, {bytes:0} bytes";
                });
            }
        }

        if (parts.Contains("spread"))
        {
            output.WriteLine("from the first who holds a crashed member dead to the last, in gossip intervals, median (<= 2 log2 n)");
            foreach (var size in sizes)
            {
                Timed(output, size, () =>
                {
                    var (median, worst, wait) = SwimMeasures.Spread(seed, size, size < 300 ? 40 : 15);
                    return $"{median:0.0} (worst {worst:0.0}; allowed {2 * Math.Log2(size):0.0}); crash to the first verdict {wait:0.0} s";
                });
            }
        }

        if (parts.Contains("deaths"))
        {
            output.WriteLine("verdicts of death over members that live, 100 members, 20 of them slow, 5 % loss, 10 minutes (< 5 % of plain)");
            foreach (var (name, options) in (ReadOnlySpan<(string, SwimOptions)>)[("plain SWIM", SwimMeasures.Plain), ("Lifeguard", SwimMeasures.LifeguardOnly), ("all", SwimOptions.Lan)])
            {
                Timed(output, name, () =>
                {
                    var (healthy, slow) = SwimMeasures.FalseDeaths(seed, options, new SwimTrouble());
                    return $"{healthy} over healthy members, {slow} over slow ones";
                });
            }
        }

        if (parts.Contains("storm"))
        {
            output.WriteLine("everyone joins through one seed within a second (< 60 s, < 100 packets/s)");
            foreach (var size in membersMax > 1000 ? [.. sizes, membersMax] : sizes)
            {
                Timed(output, size, () =>
                {
                    var (full, packets, exchanges) = SwimMeasures.JoinStorm(seed, size, TimeSpan.FromSeconds(1));
                    return $"{full.TotalSeconds:0.0} s, at most {packets} packets/s from one member, {exchanges:0.0} table exchanges begun by each";
                });
            }
        }

        if (parts.Contains("split"))
        {
            output.WriteLine("cut in half for an hour, then whole again (< 60 s)");
            foreach (var size in sizes.Where(size => size <= 300))
            {
                Timed(output, size, () =>
                {
                    var times = Enumerable.Range(0, size <= 100 ? 100 : 10)
                        .Select(i => seed + (ulong)i)
                        .Select(each => (SwimMeasures.Split(each, size, TimeSpan.FromHours(1)).TotalSeconds, each))
                        .Order()
                        .ToList();
                    return $"median {times[times.Count / 2].TotalSeconds:0.0} s, worst {times[^1].TotalSeconds:0.0} s (seed {times[^1].each}) of {times.Count} seeds";
                });
            }
        }
    }

    private static void Timed<T>(TextWriter output, T what, Func<FormattableString> measure)
    {
        var began = Stopwatch.GetTimestamp();
        var text = measure().ToString(CultureInfo.InvariantCulture);
        output.WriteLine(FormattableString.Invariant($"  {what,10}  {text}  [{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s]"));
    }
}
