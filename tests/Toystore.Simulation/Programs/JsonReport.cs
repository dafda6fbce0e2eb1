using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toystore.Simulation.Programs;

/// <summary>What <c>--json</c> prints: camel case, indented, text as it is.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>One document.</summary>
    public static string Of(CampaignResult result, CampaignOptions options, string commit, Shrunk? shrunk, TraceDifference? difference)
    {
        var totals = result.Totals;
        var failure = result.Failures.Count > 0 ? result.Failures[0] : null;
        var faults = shrunk is { FailsAgain: true } ? shrunk.Result.Faults : null;
        return JsonSerializer.Serialize(
            new
            {
                result.Passed,
                result.Failed,
                End = result.End.ToString(),
                Commit = commit,
                options.Seeds.First,
                totals.Seeds,
                totals.Compared,
                Seconds = totals.Elapsed.TotalSeconds,
                VirtualSeconds = totals.VirtualTime.TotalSeconds,
                totals.Ratio,
                totals.Steps,
                Writes = new { totals.Done, totals.NotDone, totals.Unknown },
                Reads = new { Answered = totals.Reads, Failed = totals.FailedReads },
                totals.Faults,
                Slowest = new { Seed = totals.SlowestSeed, Seconds = totals.SlowestTime.TotalSeconds },
                Failure = failure is null ? null : new
                {
                    failure.Seed,
                    Kind = failure.Kind.ToString(),
                    ExitCode = ExitCode.Of(failure.Kind),
                    failure.Oracle,
                    failure.Message,
                    failure.Shape,
                    Hash = failure.Hash.ToString("x16"),
                    VirtualSeconds = failure.VirtualTime.TotalSeconds,
                    failure.LastEvents,
                    Faults = failure.Faults.Select(fault => fault.ToString()),
                    Shrunk = faults?.Select(fault => fault.ToString()),
                    ShrunkMessage = faults is null ? null : shrunk!.Result.Message,
                    FirstDifference = difference,
                    Replay = Commands.Replay(failure.Seed),
                    ReplayShrunk = faults is null ? null : Commands.Replay(failure.Seed, faults),
                },
                Broken = result.Broken is { } broken ? new { broken.Seed, Thrown = broken.Thrown.ToString() } : null,
            },
            Format);
    }
}
