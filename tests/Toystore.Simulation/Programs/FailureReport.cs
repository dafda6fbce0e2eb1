using System.Globalization;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Tells people what went wrong with a seed, what is left of it when faults are left out, and how to see it again.</summary>
internal sealed class FailureReport(Terminal terminal, RunSeed run, TimeSpan shrinkMax)
{
    /// <summary>Writes it, shrinking or comparing traces meanwhile. The schedule that was left, and the first difference of the traces; each null if there is no such thing.</summary>
    public (Shrunk? Shrunk, TraceDifference? Difference) Write(TextWriter to, RunResult failure, CancellationToken cancellationToken)
    {
        Failure(to, failure);
        if (failure.Oracle == Campaign.Watch)
        {
            // Each further run would not end either.
            to.WriteLine($"see it again\n  {Commands.Replay(failure.Seed)}");
            return (null, null);
        }

        if (failure.Kind == FailureKind.Nondeterminism)
        {
            return (null, Nondeterminism(to, failure));
        }

        return (Schedule(to, failure, cancellationToken), null);
    }

    private void Failure(TextWriter to, RunResult failure)
    {
        to.WriteLine();
        to.WriteLine($"SEED {failure.Seed} FAILED: {failure.Kind}, found by {failure.Oracle} (exit code {ExitCode.Of(failure.Kind)})");
        to.WriteLine(Indented(failure.Message ?? "(no message)"));
        to.WriteLine();
        to.WriteLine($"commit   {terminal.Commit()}");
        to.WriteLine($"shape    {failure.Shape}");
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ended    at {failure.VirtualTime.TotalSeconds:0.000000} s, after {failure.Figures.Steps} steps, hash {failure.Hash:x16}"));
        to.WriteLine();
        if (failure.LastEvents.Count > 0)
        {
            to.WriteLine($"the last {failure.LastEvents.Count} events (seconds, who, what)");
            Lines(to, failure.LastEvents);
            to.WriteLine();
        }
    }

    private Shrunk? Schedule(TextWriter to, RunResult failure, CancellationToken cancellationToken)
    {
        if (shrinkMax <= TimeSpan.Zero)
        {
            to.WriteLine($"its {failure.Faults.Count} faults");
            Lines(to, failure.Faults);
            Again(to, failure);
            return null;
        }

        to.Flush();
        var began = terminal.Time.GetTimestamp();
        var shrunk = ProgressView.Watch(terminal, progress => new Shrinker(run, terminal.Time, shrinkMax).Shrink(
            failure,
            now => progress.Say(("shrinking", FormattableString.Invariant($"{now.Faults} of {now.FaultsAll} faults left after {now.Runs} runs"))),
            cancellationToken));
        if (!shrunk.FailsAgain)
        {
            to.WriteLine($"run again with the same {failure.Faults.Count} faults it {(shrunk.Result.Kind == FailureKind.None ? "passes" : $"fails differently: {shrunk.Result.Kind}: {shrunk.Result.Message}")}");
            to.WriteLine($"so the run is not deterministic: look at that first\n  {Commands.Twice(failure.Seed)}");
            return shrunk;
        }

        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"its faults, shrunk from {failure.Faults.Count} to {shrunk.Result.Faults.Count} in {shrunk.Runs} runs ({terminal.Time.GetElapsedTime(began).TotalSeconds:0.0} s){(shrunk.IsLeast ? "" : "; the time was up, fewer may do")}"));
        Lines(to, shrunk.Result.Faults);
        if (shrunk.Result.Message != failure.Message)
        {
            to.WriteLine($"with these alone: {shrunk.Result.Kind}, found by {shrunk.Result.Oracle}");
            to.WriteLine(Indented(shrunk.Result.Message ?? "(no message)"));
        }

        Again(to, shrunk.Result);
        return shrunk;
    }

    private static void Again(TextWriter to, RunResult shrunk)
    {
        to.WriteLine();
        to.WriteLine($"see it again, with all its faults and with those above\n  {Commands.Replay(shrunk.Seed)}\n  {Commands.Replay(shrunk.Seed, shrunk.Faults)}");
        to.WriteLine($"keep it as a test (docs/simulation.md says where)\n  {Commands.Test(shrunk.Seed, shrunk.Faults)}");
    }

    private TraceDifference? Nondeterminism(TextWriter to, RunResult failure)
    {
        to.Flush();
        var difference = TraceComparison.Find(run, failure.Seed);
        if (difference is null)
        {
            to.WriteLine("Line for line, further runs have the same trace: what differs is the order or the moments of steps that leave no event, or it is rare.");
        }
        else
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"two runs first differ at event {difference.Event}; before it"));
            Lines(to, difference.Before);
            to.WriteLine($"and then, in one run and in the other\n  {difference.One ?? "(the run has ended)"}\n  {difference.Other ?? "(the run has ended)"}");
        }

        to.WriteLine($"see it again\n  {Commands.Twice(failure.Seed)}");
        return difference;
    }

    private static void Lines<T>(TextWriter to, IEnumerable<T> lines)
    {
        foreach (var line in lines)
        {
            to.WriteLine($"  {line}");
        }
    }

    private static string Indented(string text) => "  " + text.ReplaceLineEndings("\n  ");
}
