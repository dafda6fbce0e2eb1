using System.Globalization;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Simulation.Histories;

/// <summary>How a write ended, as its client was told.</summary>
internal enum Told
{
    /// <summary>Nothing yet.</summary>
    Nothing,

    Done,

    /// <summary>It did not happen, and will not.</summary>
    NotDone,

    /// <summary>Not done, because the key was not as the client asked.</summary>
    PreconditionFailed,

    /// <summary>The node did not know, or the connection to it broke.</summary>
    Unknown,
}

/// <summary>A put or a delete. A put's value begins with its name; a delete has a name too, which nobody ever sees.</summary>
internal sealed class WriteOp(int client, int node, Key key, string name) : Operation(client, node, key)
{
    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>();

    public string Name => name;

    /// <summary>The whole value; null for a delete.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }

    public bool IsDelete => Payload is null;

    public WriteOptions Options { get; init; } = new();

    /// <summary>What its client had seen; null if it wrote without a context.</summary>
    public SeenContext? Seen { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>True if the last write of the key wins.</summary>
    public bool IsLastWrite { get; init; }

    /// <summary>Owners that have to hold it.</summary>
    public int Needed { get; init; }

    /// <summary>When an owner may say that it does.</summary>
    public WriteDurability Durability { get; init; }

    /// <summary>True if the coordinator looks itself what there is and replaces that: a delete without a context, or a write that only asks that there is something.</summary>
    public bool SeesForItself => !IsLastWrite && (Options.Precondition is Precondition.Present || (IsDelete && Seen is null && Options.Precondition is null));

    /// <summary>Values that it replaces for certain if it happens.</summary>
    public IReadOnlySet<string> Replaces { get; set; } = Nothing;

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; set; } = 1;

    /// <summary>When it was sent last.</summary>
    public long AttemptBegan { get; set; }

    public Told Told { get; set; }

    /// <summary>The answer; null if there was none.</summary>
    public WriteOutcome? Outcome { get; set; }

    /// <summary>What the cluster names it: one dot in most cases, one more for each time that it was sent again, or had to be minted anew above another last write. In the order in which they were seen on a disk.</summary>
    public List<Dot> Dots { get; } = [];

    /// <summary>Owners that were told to hold it: W, or fewer, where others do in their place.</summary>
    public int OwnersTold => Outcome is WriteOutcome.Done { StandIns: > 0 } done ? done.Copies - done.StandIns : Outcome is WriteOutcome.Done { Copies: var copies } ? Math.Max(Needed, copies) : Needed;

    /// <summary>Since when how many owners know of it, as far as that was promised.</summary>
    public List<Fact> Facts { get; } = [];

    /// <summary>True if somebody who may have seen it may have replaced it: nobody need ever see it again.</summary>
    public bool MayBeReplaced { get; set; }

    /// <summary>What the wall clocks said when it began, by node.</summary>
    public IReadOnlyList<DateTimeOffset> ClocksAtBegin { get; set; } = [];

    public bool MayHaveHappened => Told is not (Told.NotDone or Told.PreconditionFailed);

    /// <summary>True if its coordinator may still be about to look what there is, although its client waits no more: one who is told "unknown" cannot tell. Once its dots are on disks, it has looked.</summary>
    public bool MayLookLater => SeesForItself && MayHaveHappened && (IsPending || (!(Told == Told.Done && Attempts == 1) && Dots.Count < Attempts));

    /// <summary>True if it may replace another write: its client, or its coordinator, may have seen that.</summary>
    public bool MayReplace(WriteOp other) =>
        other != this && ((Seen?.Perhaps.Contains(other.Name) ?? false) || (SeesForItself && (MayLookLater || other.Begin < End)));

    /// <summary>The highest of its dots; default if none was seen.</summary>
    public Dot Highest => Dots.Count == 0 ? default : Dots.Max();

    /// <summary>The lowest of its dots; default if none was seen.</summary>
    public Dot Lowest => Dots.Count == 0 ? default : Dots.Min();

    /// <summary>For a person.</summary>
    public override string ToString()
    {
        var after = Seen is null ? "" : Seen.Shown.Count == 0 ? " with a context" : $" over {string.Join(", ", Seen.Shown)}";
        var condition = Options.Precondition is { } precondition ? $" if {precondition.GetType().Name.ToLowerInvariant()}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} ({(IsDelete ? "delete" : "put")} of {Key} by {Who}{after}{condition}, {Where}, W = {Needed}, {Durability.ToString().ToLowerInvariant()}{(Attempts > 1 ? $", sent {Attempts} times" : "")}, told {Told.ToString().ToLowerInvariant()}{(Outcome is WriteOutcome.Done done ? $" with {done.Copies} copies{(done.StandIns > 0 ? $", {done.StandIns} of them stand-ins'" : "")}" : "")}; dots: {(Dots.Count == 0 ? "none seen" : string.Join(" ", Dots))})");
    }
}
