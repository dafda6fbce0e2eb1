using Toystore.Simulation.Faults;

namespace Toystore.Simulation.Worlds;

/// <summary>Which promise was broken, or why a run could not go on.</summary>
internal enum FailureKind
{
    /// <summary>All is well.</summary>
    None,

    /// <summary>An acknowledged write is gone (promise 1).</summary>
    LostWrite,

    /// <summary>A concurrent value vanished or a replaced one came back (promise 2).</summary>
    Causality,

    /// <summary>The owners did not come to hold the same, or did not answer, after everything was mended (promise 3).</summary>
    Convergence,

    /// <summary>A deleted key came back (promise 4).</summary>
    Resurrection,

    /// <summary>A client did not see its own write, or saw less than before (promise 5).</summary>
    Session,

    /// <summary>A client was told what is not so (promise 6).</summary>
    Outcome,

    /// <summary>Two writes have the same name.</summary>
    DuplicateDot,

    /// <summary>A queue is longer than it may be.</summary>
    Bound,

    /// <summary>A node logged an error.</summary>
    ErrorLog,

    /// <summary>Code of a node threw where nobody caught it.</summary>
    NodeThrew,

    /// <summary>Code of a node ran on a thread of its own.</summary>
    Escaped,

    /// <summary>Something waits for ever, or longer than its client gave it.</summary>
    Stuck,

    /// <summary>Two runs of one seed differ.</summary>
    Nondeterminism,

    /// <summary>Nodes do not hold one another alive although everything works, or an incarnation went back.</summary>
    Membership,

    /// <summary>A floor is above what an owner has heard of, or went back.</summary>
    Floor,

    /// <summary>Two nodes have different topologies of one number, or a change of the topology that was made is not in it.</summary>
    Agreement,
}

/// <summary>What a run came to.</summary>
/// <param name="Seed">What it was made from.</param>
/// <param name="Kind">How it ended.</param>
/// <param name="Oracle">Who found that; null if all is well.</param>
/// <param name="Message">What was promised and what was seen; null if all is well.</param>
/// <param name="LastEvents">The last lines of the trace.</param>
/// <param name="Hash">Of all that happened.</param>
/// <param name="VirtualTime">How long it lasted in its own time.</param>
/// <param name="Figures">What happened in it.</param>
/// <param name="Shape">What the seed chose, in a line.</param>
/// <param name="Faults">What was to go wrong.</param>
internal sealed record RunResult(
    ulong Seed,
    FailureKind Kind,
    string? Oracle,
    string? Message,
    IReadOnlyList<string> LastEvents,
    ulong Hash,
    TimeSpan VirtualTime,
    RunFigures Figures,
    string Shape,
    IReadOnlyList<Fault> Faults);

/// <summary>What happened in a run.</summary>
/// <param name="Done">Writes that clients were told are done.</param>
/// <param name="NotDone">Writes that clients were told are not done.</param>
/// <param name="Unknown">Writes of which clients do not know.</param>
/// <param name="Reads">Reads that were answered.</param>
/// <param name="FailedReads">Reads that were not.</param>
/// <param name="Faults">Faults that came to pass.</param>
/// <param name="Steps">Pieces of work that ran.</param>
internal readonly record struct RunFigures(int Done, int NotDone, int Unknown, int Reads, int FailedReads, int Faults, long Steps);

/// <summary>How a run differs from what its seed says.</summary>
internal sealed record RunOptions
{
    /// <summary>Hears of every event.</summary>
    public Action<string>? Listener { get; init; }

    /// <summary>What is to go wrong; null for what the seed draws.</summary>
    public IReadOnlyList<Fault>? Faults { get; init; }
}
