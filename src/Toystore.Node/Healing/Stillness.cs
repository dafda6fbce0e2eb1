using Toystore.Core.Healing;
using Toystore.Core.Versions;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// Whether anything has happened to what this node owns together with another one. If it has not, and the floors have passed all of it, then both have it, and nothing of it waits to be purged: comparing again would find the same.
/// Should something have happened at the other one, that one begins.
/// </summary>
internal sealed class Stillness(IStore store, SlotFloors floors, UntidySlots untidy, KnownSlots known, DotMint mint)
{
    /// <summary>What there is now in some slots.</summary>
    public Sighting Look(SlotSet slots) => new(store.Trees.TryReadSum(slots, out var sum) ? sum : null, mint.Reading);

    /// <summary>True if nothing has happened since, and nothing of it waits for anything.</summary>
    public bool Holds(SlotSet slots, Sighting since) =>
        since.Sum is { } sum
        && !known.LacksAny
        && floors.All.LowestOf(slots) >= since.Moment
        && !untidy.AnyAt(mint.Reading)
        && store.Trees.TryReadSum(slots, out var now)
        && now == sum;
}

/// <summary>What there was in some slots: a number over their trees, null if one of them was not known; and when.</summary>
internal readonly record struct Sighting(ulong? Sum, HybridTime Moment);
