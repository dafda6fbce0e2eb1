using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Simulation.Histories;

/// <summary>What a record on a disk says.</summary>
/// <param name="Container">What it knows.</param>
/// <param name="IsComplete">False if its holder says itself that it may not know all.</param>
/// <param name="IsReadable">False if it is damaged.</param>
internal readonly record struct HeldRecord(Container Container, bool IsComplete, bool IsReadable)
{
    public static HeldRecord Nothing => new(Container.Empty, true, true);

    /// <summary>Reads the bytes of a key's record; none are no record.</summary>
    public static HeldRecord Of(Key key, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Nothing;
        }

        return RecordFormat.TryDecode(StoreKey.Data(key), bytes, out var container, out var flags)
            ? new HeldRecord(container, !flags.HasFlag(RecordFlags.Incomplete), true)
            : new HeldRecord(Container.Empty, false, false);
    }

    /// <summary>With what the floor of the slot adds, unless its holder may not know all.</summary>
    public HeldRecord Under(HybridTime floor) => IsReadable && IsComplete ? this with { Container = Container.Under(floor) } : this;

    /// <summary>Reads the bytes of what is kept of a key for an owner; none are no record.</summary>
    public static HeldRecord OfHint(StoreKey place, ReadOnlyMemory<byte> bytes) =>
        bytes.IsEmpty ? Nothing : HintFormat.Decode(place, bytes) is { } hint ? new HeldRecord(hint.Container, true, true) : new HeldRecord(Container.Empty, false, false);

    /// <summary>What it says of a dot.</summary>
    public DotState StateOf(Dot dot)
    {
        foreach (var sibling in Container.Siblings)
        {
            if (sibling.Dot == dot)
            {
                return DotState.Live;
            }
        }

        return Container.Context.Covers(dot) ? DotState.Replaced : DotState.Unheard;
    }
}

/// <summary>What a record says of a dot.</summary>
internal enum DotState
{
    /// <summary>It has never heard of it.</summary>
    Unheard,

    /// <summary>Its value is there.</summary>
    Live,

    /// <summary>It knows of it, and that it was replaced.</summary>
    Replaced,
}
