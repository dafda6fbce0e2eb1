namespace Toystore.Core.Placement;

/// <summary>
/// Which topology: a lineage (a new one is begun only by an operator's force) and a number in it that grows by one with each agreed change. Epochs of different lineages are not comparable.
/// </summary>
public readonly record struct Epoch(ulong Lineage, ulong Number)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Lineage:x}.{Number}");
}
