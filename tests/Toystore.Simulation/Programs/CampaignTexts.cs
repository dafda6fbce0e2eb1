using System.Globalization;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>What a campaign says to people.</summary>
internal static class CampaignTexts
{
    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(10);

    /// <summary>While it runs.</summary>
    public static IReadOnlyList<(string Name, string Text)> Live(CampaignProgress now, TimeSpan? timeMax)
    {
        List<(string, string)> texts =
        [
            ("seeds", Text($"{Count(now.Seeds)}{(now.SeedsAll is { } all ? $" of {Count(all)}" : "")}, {now.SeedsPerSecond:0.#} a second{Left(now, timeMax)}{(now.Compared > 0 ? $", {now.Compared} run twice" : "")}{(now.Failed > 0 ? $", {now.Failed} FAILED" : "")}")),
            ("virtual time", Text($"{now.VirtualTime.TotalHours:0.00} h, {Count(now.Ratio)} times real time")),
            ("writes", Text($"{Count(now.Done)} done, {Count(now.NotDone)} not done, {Count(now.Unknown)} unknown")),
            ("reads", Text($"{Count(now.Reads)} answered, {Count(now.FailedReads)} not")),
            ("faults", Count(now.Faults)),
        ];
        if (now.Seeds > 0)
        {
            texts.Add(("slowest", Text($"seed {now.SlowestSeed}, {now.SlowestTime.TotalSeconds:0.00} s")));
        }

        if (now.OldestSeed is { } oldest && now.OldestTime > LongRun)
        {
            texts.Add(("still runs", Text($"seed {oldest}, for {now.OldestTime.TotalSeconds:0} s")));
        }

        return texts;
    }

    /// <summary>A single seed in which all went well.</summary>
    public static IEnumerable<string> Passed(RunResult result) =>
    [
        $"shape    {result.Shape}",
        .. result.Faults.Select(fault => $"fault    {fault}"),
        Text($"ended    at {result.VirtualTime.TotalSeconds:0.000000} s, after {result.Figures.Steps} steps, hash {result.Hash:x16}"),
    ];

    /// <summary>At the end. The last line is for scripts as well: <c>220 passed, 0 failed</c>.</summary>
    public static IEnumerable<string> Summary(CampaignResult result, CampaignOptions options)
    {
        var totals = result.Totals;
        var last = unchecked(options.Seeds.First + Math.Max(totals.Seeds, 1) - 1);
        var seeds = totals.Seeds == 1 ? Text($"seed {options.Seeds.First}") : Text($"{Count(totals.Seeds)} seeds ({options.Seeds.First} to {last})");
        yield return Text($"{seeds}{(totals.Compared > 0 ? $", {Count(totals.Compared)} of them run twice" : "")}, in {totals.Elapsed.TotalSeconds:0.0} s on {options.Threads} thread{(options.Threads == 1 ? "" : "s")}{End(result.End)}");
        yield return Text($"virtual time {totals.VirtualTime.TotalHours:0.000} h, {Count(totals.Ratio)} times real time, {Count(totals.Steps)} steps; slowest: seed {totals.SlowestSeed}, {totals.SlowestTime.TotalSeconds:0.00} s");
        yield return Text($"writes: {Count(totals.Done)} done, {Count(totals.NotDone)} not done, {Count(totals.Unknown)} unknown; reads: {Count(totals.Reads)} answered, {Count(totals.FailedReads)} not; faults: {Count(totals.Faults)}");
        if (result.Failures.Count > 0)
        {
            yield return $"failed: {string.Join(", ", result.Failures.Select(failure => $"seed {failure.Seed} ({failure.Kind})"))}";
        }

        yield return Text($"{result.Passed} passed, {result.Failed} failed");
    }

    private static string Left(CampaignProgress now, TimeSpan? timeMax)
    {
        var bySeeds = now is { SeedsAll: { } all, SeedsPerSecond: > 0 } ? TimeSpan.FromSeconds((all - now.Seeds) / now.SeedsPerSecond) : (TimeSpan?)null;
        var byTime = timeMax - now.Elapsed;
        var left = bySeeds is { } a && byTime is { } b ? (a < b ? a : b) : bySeeds ?? byTime;
        return left is { } span && span >= TimeSpan.Zero ? span.TotalMinutes >= 2 ? Text($", {span.TotalMinutes:0} min left") : Text($", {span.TotalSeconds:0} s left") : "";
    }

    private static string End(CampaignEnd end) => end switch
    {
        CampaignEnd.AllSeeds => "",
        CampaignEnd.Time => "; the time is up",
        CampaignEnd.Failure => "; stopped at a failure",
        CampaignEnd.Interrupted => "; interrupted",
        CampaignEnd.Broken => "; the simulator itself failed",
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
    };

    private static string Count(double number) => number.ToString("#,##0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
