using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Replication;

/// <summary>Why a write to this node's copy was refused before anything was minted or stored.</summary>
internal enum LocalRefusal : byte
{
    /// <summary>It was not refused.</summary>
    None,

    /// <summary>The store takes no writes.</summary>
    NotWritable,

    /// <summary>It could not begin before its deadline.</summary>
    TooLate,

    /// <summary>The disk did not give what the key holds, which therefore cannot be added to.</summary>
    Unreadable,

    /// <summary>A new write at or below this node's mark.</summary>
    TooLow,

    /// <summary>It brings something old, and was read before this node's present stamp.</summary>
    Stale,

    /// <summary>This process has not heard another member's mark, and takes no new write before.</summary>
    NotHeard,

    /// <summary>An earlier try of it is not to be replaced by the next one: it has taken effect and was replaced since, or others' values would go with it.</summary>
    Superseded,

    /// <summary>There are too many concurrent values already, or they are too large together.</summary>
    TooManySiblings,
}

/// <summary>A write to this node's copy, on its way to the disk.</summary>
/// <param name="Refusal">Other than none: nothing was done.</param>
/// <param name="Result">What the key looks like with it: can be sent to the other owners at once.</param>
/// <param name="Newest">The write's own dot; <c>default</c> if it made none.</param>
/// <param name="Stored">How it ends; of a refused one, why the store did not take it (Failed if it was not asked). To be awaited once.</param>
internal readonly record struct LocalWrite(LocalRefusal Refusal, Container Result, Dot Newest, ValueTask<StoreWrite> Stored)
{
    public static LocalWrite Refused(LocalRefusal why, StoreWrite reason = StoreWrite.Failed) => new(why, Container.Empty, default, new ValueTask<StoreWrite>(reason));
}

/// <summary>A write of a client, as the owner that coordinates it applies it to its own copy.</summary>
/// <param name="Value">What to write; null to delete.</param>
/// <param name="Seen">What the client had seen.</param>
/// <param name="IsLastWrite">Under last-write-wins: whatever this owner holds counts as seen.</param>
/// <param name="RequestId">The client's name for it.</param>
/// <param name="Above">A reading that its dot must be above; 0 if any will do.</param>
internal readonly record struct ClientWrite(Value? Value, VersionVector Seen, bool IsLastWrite, Guid? RequestId, HybridTime Above)
{
    /// <summary>The dot of an earlier try that was too low for others: it is covered, if it is still live here; if it is not, it has taken effect, and must not do so twice. None for a first try.</summary>
    public Dot Replaces { get; init; }
}
