using Toystore.Core;

namespace Toystore;

/// <summary>How a read ended.</summary>
public abstract record ReadOutcome
{
    private ReadOutcome()
    {
    }

    /// <summary>
    /// How many of the answers came from members that stand in for owners; or, where owners differed, how many of those who were given what is shown, since an owner took no writes. 0 if there were enough owners: then every completed strict
    /// write was seen, and what is shown every later such read shows.
    /// </summary>
    public int StandIns { get; init; }

    /// <summary>The key has a value, or several that were written concurrently.</summary>
    /// <param name="Values">At least one. The last one is the last write.</param>
    /// <param name="Context">Send it with the write that replaces them all.</param>
    public sealed record Found(IReadOnlyList<Value> Values, ContextToken Context) : ReadOutcome;

    /// <summary>R owners say that the key has no value.</summary>
    /// <param name="Context">What was deleted; null if nothing is known of the key.</param>
    public sealed record NotFound(ContextToken? Context) : ReadOutcome;

    /// <summary>Too few owners could answer in time. Nothing is said about the key.</summary>
    public sealed record Unavailable(int Needed, int Got, string Detail) : ReadOutcome;

    /// <summary>Too much is going on; ask again after a moment.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter) : ReadOutcome;

    /// <summary>The request makes no sense; <paramref name="Problem"/> says why and what would.</summary>
    public sealed record Invalid(string Problem) : ReadOutcome;
}

/// <summary>How a write or delete ended: done, not done, or unknown, and never one for the other.</summary>
public abstract record WriteOutcome
{
    private WriteOutcome()
    {
    }

    /// <summary>At least W members hold it.</summary>
    /// <param name="Context">What the key looks like to somebody who has seen this write.</param>
    /// <param name="Copies">How many members are known to hold it: owners, and those who stand in for them.</param>
    /// <param name="Durability">The least that all of them promised.</param>
    public sealed record Done(ContextToken Context, int Copies, WriteDurability Durability) : WriteOutcome
    {
        /// <summary>How many of the copies are with members that stand in for owners. They pass them on once the owners are back.</summary>
        public int StandIns { get; init; }
    }

    /// <summary>Not done: the key is not as the precondition asks.</summary>
    /// <param name="Context">What the key looks like now; null if nothing is known of it.</param>
    public sealed record PreconditionFailed(ContextToken? Context) : WriteOutcome;

    /// <summary>Not done, and it will not happen later either.</summary>
    public sealed record NotDone(NotDoneReason Reason, string Detail) : WriteOutcome;

    /// <summary>Fewer than W owners are known to hold it, but it is, or may be, somewhere. It may show up; sending it again with the same request id does no harm.</summary>
    public sealed record Unknown(int Needed, int Got, string Detail) : WriteOutcome;

    /// <summary>Not done: the request makes no sense; <paramref name="Problem"/> says why and what would.</summary>
    public sealed record Invalid(string Problem) : WriteOutcome;
}

/// <summary>Why a write was not done.</summary>
public enum NotDoneReason
{
    /// <summary>Fewer than W owners can be reached.</summary>
    Unavailable,

    /// <summary>Too much is going on; ask again after a moment.</summary>
    Overloaded,

    /// <summary>The owners' disks have no room.</summary>
    DiskFull,

    /// <summary>The owners' disks take no writes.</summary>
    ReadOnly,

    /// <summary>The key has too many concurrent values already: read it and write with the context.</summary>
    TooManySiblings,

    /// <summary>The value is larger than the cluster allows.</summary>
    TooLarge,
}

/// <summary>How a listing ended.</summary>
public abstract record ListOutcome
{
    private ListOutcome()
    {
    }

    /// <summary>A page of keys. Everything that was there throughout is on one of the pages.</summary>
    /// <param name="Keys">In order; may be empty although more follow.</param>
    /// <param name="Next">Ask on after this key; null at the end.</param>
    public sealed record Page(IReadOnlyList<Key> Keys, Key? Next) : ListOutcome;

    /// <summary>For some slot too few owners could answer in time.</summary>
    public sealed record Unavailable(string Detail) : ListOutcome;

    /// <summary>Too much is going on; ask again after a moment.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter) : ListOutcome;

    /// <summary>The request makes no sense; <paramref name="Problem"/> says why and what would.</summary>
    public sealed record Invalid(string Problem) : ListOutcome;
}
