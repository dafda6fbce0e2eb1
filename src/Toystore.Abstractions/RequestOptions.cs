using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore;

/// <summary>How one read is to be done. Everything left null is as the cluster is set up.</summary>
public sealed record ReadOptions
{
    /// <summary>Owners that must answer, 1..N.</summary>
    public int? R { get; init; }

    /// <summary>Show all concurrent values, or the last write only.</summary>
    public ConflictPolicy? Policy { get; init; }

    /// <summary>How long it may take, 1 ms to 60 s; 2 s unless set up otherwise.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Whether what members keep in the place of owners that cannot be reached may answer (Dynamo §4.6). True if left out. False: only owners are asked, and the read sees every strict write that was completed before it.
    /// </summary>
    public bool? Sloppy { get; init; }
}

/// <summary>How one write or delete is to be done. Everything left null is as the cluster is set up.</summary>
public sealed record WriteOptions
{
    /// <summary>What the writer had seen.</summary>
    public ContextToken? Context { get; init; }

    /// <summary>Copies that must be held before the write counts as done, 1..N: by owners, or by those who stand in for them (<see cref="Sloppy"/>).</summary>
    public int? W { get; init; }

    /// <summary>Stand beside concurrent values, or be the last write.</summary>
    public ConflictPolicy? Policy { get; init; }

    /// <summary>What must hold for the write to happen. The check and the write are one step, done by one owner under strict R and W.</summary>
    public Precondition? Precondition { get; init; }

    /// <summary>A name for this write: sent again with the same name it is the same write.</summary>
    public Guid? RequestId { get; init; }

    /// <summary>When an owner may say that it holds the write.</summary>
    public WriteDurability? Durability { get; init; }

    /// <summary>How long it may take, 1 ms to 60 s; 2 s unless set up otherwise.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Whether other members may hold the write in the place of owners that cannot be reached, and count towards <see cref="W"/> (Dynamo §4.6). True if left out. False: only owners count. Conditional writes are strict always.
    /// </summary>
    public bool? Sloppy { get; init; }
}

/// <summary>When an owner says that it holds a write.</summary>
public enum WriteDurability
{
    /// <summary>When it is on its disk: survives power loss.</summary>
    Fsync,

    /// <summary>When its operating system has it: survives the process.</summary>
    Os,
}

/// <summary>What must hold of a key for a write to happen.</summary>
public abstract record Precondition
{
    private Precondition()
    {
    }

    /// <summary>It has no value.</summary>
    public sealed record Absent : Precondition;

    /// <summary>It has a value.</summary>
    public sealed record Present : Precondition;

    /// <summary>It has a value, and none that this context has not seen.</summary>
    public sealed record Unchanged(ContextToken Since) : Precondition;
}

/// <summary>Which keys to list.</summary>
public sealed record ListOptions
{
    /// <summary>The most keys one page can have.</summary>
    public const int LimitMax = 10_000;

    /// <summary>Only keys that begin with these bytes.</summary>
    public ReadOnlyMemory<byte> Prefix { get; init; }

    /// <summary>Begin right after this key (the last one of the page before); from the start if null.</summary>
    public Key? After { get; init; }

    /// <summary>At most so many keys, 1..<see cref="LimitMax"/>.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>Owners of each slot that must answer, 1..N.</summary>
    public int? R { get; init; }

    /// <summary>How long it may take, 1 ms to 60 s; 10 s unless set up otherwise.</summary>
    public TimeSpan? Timeout { get; init; }
}
