using Toystore.Simulation.Faults;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>How far shrinking has come.</summary>
/// <param name="Faults">Left so far.</param>
/// <param name="FaultsAll">There were.</param>
/// <param name="Runs">So far.</param>
internal readonly record struct ShrinkProgress(int Faults, int FaultsAll, int Runs);

/// <summary>The schedule that is left of a failing one.</summary>
/// <param name="Result">The run with what is left. Where the failure did not come again: the run that should have failed.</param>
/// <param name="FailsAgain">False if the seed did not fail in the same way when it was run again: then nothing has been shrunk.</param>
/// <param name="IsLeast">True if it passes without any one of the faults that are left; false if the time was up before that was known.</param>
/// <param name="Runs">It took.</param>
internal sealed record Shrunk(RunResult Result, bool FailsAgain, bool IsLeast, int Runs);

/// <summary>
/// Leaves out faults as long as the seed fails in the same way, by halves first and one by one in the end (delta debugging, Zeller and Hildebrandt 2002). What is left is not always the smallest of all, but each of it is needed.
/// </summary>
internal sealed class Shrinker(RunSeed run, TimeProvider time, TimeSpan timeMax)
{
    private readonly HashSet<string> _passed = [];
    private RunResult _least = null!;
    private Action<ShrinkProgress>? _watch;
    private CancellationToken _cancellation;
    private long _began;
    private int _all;
    private int _runs;

    /// <summary>Shrinks the faults of a failure; call it once. No run is begun after the time is up.</summary>
    public Shrunk Shrink(RunResult failure, Action<ShrinkProgress>? watch = null, CancellationToken cancellationToken = default)
    {
        (_least, _watch, _cancellation, _began, _all) = (failure, watch, cancellationToken, time.GetTimestamp(), failure.Faults.Count);
        var again = Run(failure, failure.Faults);
        if (again.Kind != failure.Kind)
        {
            return new Shrunk(again, FailsAgain: false, IsLeast: false, _runs);
        }

        _least = again;
        IReadOnlyList<Fault> left = failure.Faults;
        if (left.Count > 0 && Fails([]))
        {
            left = [];
        }

        var parts = 2;
        while (left.Count > 1 && !IsTimeUp)
        {
            var chunks = Split(left, parts);
            if (chunks.Find(Fails) is { } chunk)
            {
                (left, parts) = (chunk, 2);
            }
            else if (chunks.Select(gone => (List<Fault>)[.. left.Except(gone)]).FirstOrDefault(Fails) is { } rest)
            {
                (left, parts) = (rest, Math.Max(2, parts - 1));
            }
            else if (parts < left.Count)
            {
                parts = Math.Min(left.Count, 2 * parts);
            }
            else
            {
                break;
            }
        }

        return new Shrunk(_least, FailsAgain: true, IsLeast: !IsTimeUp, _runs);
    }

    private bool IsTimeUp => _cancellation.IsCancellationRequested || time.GetElapsedTime(_began) >= timeMax;

    private bool Fails(IReadOnlyList<Fault> faults)
    {
        var name = string.Join(',', faults.Select(fault => fault.Number));
        if (_passed.Contains(name) || IsTimeUp)
        {
            return false;
        }

        var result = Run(_least, faults);
        if (result.Kind == _least.Kind)
        {
            _least = result;
            _watch?.Invoke(new ShrinkProgress(faults.Count, _all, _runs));
            return true;
        }

        _passed.Add(name);
        _watch?.Invoke(new ShrinkProgress(_least.Faults.Count, _all, _runs));
        return false;
    }

    private RunResult Run(RunResult like, IReadOnlyList<Fault> faults)
    {
        _runs++;
        return run(like.Seed, new RunOptions { Faults = faults }) with { Faults = faults };
    }

    private static List<List<Fault>> Split(IReadOnlyList<Fault> faults, int parts) =>
        [.. Enumerable.Range(0, parts).Select(part => faults.Skip(part * faults.Count / parts).Take(((part + 1) * faults.Count / parts) - (part * faults.Count / parts)).ToList())];
}
