using System.Globalization;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Simulation.Histories;

/// <summary>A read of a key.</summary>
internal sealed class ReadOp(int client, int node, Key key, ReadOptions options, int needed) : Operation(client, node, key)
{
    public ReadOptions Options => options;

    /// <summary>Owners that had to answer.</summary>
    public int Needed => needed;

    /// <summary>Owners that did: fewer than had to, where others had to answer in their place.</summary>
    public int Heard => Math.Max(0, needed - (Outcome?.StandIns ?? 0));

    /// <summary>The answer; null if there was none.</summary>
    public ReadOutcome? Outcome { get; set; }

    /// <summary>True if it says something about the key.</summary>
    public bool IsAnswered => Outcome is ReadOutcome.Found or ReadOutcome.NotFound;

    /// <summary>The writes whose values it showed.</summary>
    public List<WriteOp> Shown { get; } = [];

    /// <summary>What it showed that nobody wrote: a sentence each.</summary>
    public List<string> Strange { get; } = [];

    /// <summary>What its context covers; null if it came with none.</summary>
    public VersionVector? Context { get; set; }

    /// <summary>What is wrong with it.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>What the slowest wall clock said when it began.</summary>
    public DateTimeOffset EarliestClock { get; set; }

    /// <summary>For a person.</summary>
    public override string ToString()
    {
        var saw = Outcome switch
        {
            ReadOutcome.Found => $"shows {string.Join(", ", Shown.Select(write => write.Name).Concat(Strange))}",
            ReadOutcome.NotFound => "shows nothing",
            null when IsPending => "is under way",
            null => "lost its connection",
            var other => other.GetType().Name.ToLowerInvariant(),
        };
        return string.Create(CultureInfo.InvariantCulture, $"the read of {Key} by {Who} ({Where}, R = {needed}{(Outcome is { StandIns: > 0 } ? $", {Outcome.StandIns} stand-ins" : "")}) {saw}");
    }
}

/// <summary>What can be wrong with a read.</summary>
internal enum FindingKind
{
    /// <summary>A value that must show does not.</summary>
    Missing,

    /// <summary>Neither a value nor anything that may have replaced it shows.</summary>
    Vanished,

    /// <summary>A value shows that was replaced.</summary>
    Returned,

    /// <summary>An older write shows instead of the last one.</summary>
    Outrun,

    /// <summary>A value shows that has expired by every clock.</summary>
    Expired,

    /// <summary>The context does not cover a value that came with it.</summary>
    Uncovered,

    /// <summary>More than one last write.</summary>
    Several,
}

/// <summary>Something that is wrong with a read.</summary>
/// <param name="Kind">What.</param>
/// <param name="Value">The write whose value it is about.</param>
/// <param name="Proof">Why the value must show; null if it must not.</param>
/// <param name="By">The operation that shows that it should not be there: the write that replaced it, the read that did not show it any more; null if there is none.</param>
internal sealed record Finding(FindingKind Kind, WriteOp Value, Fact? Proof, Operation? By);
