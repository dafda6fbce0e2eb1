using Toystore.Core.Placement;

namespace Toystore.Core.Agreement;

/// <summary>
/// One decision to be made: which decree comes after this one. Named by that decree's epoch and fingerprint; the first of all comes after a list of seeds, which has no epoch.
/// </summary>
/// <param name="After">The epoch of the decree whose acceptors decide; 0 of lineage 0 for a list of seeds.</param>
/// <param name="Fingerprint">Of that decree, or of the list.</param>
public readonly record struct Instance(Epoch After, ulong Fingerprint)
{
    /// <summary>True for the first decision of a cluster, which its seeds make.</summary>
    public bool IsFounding => After == default;

    /// <summary>True if <paramref name="decree"/> may come next: it has the next number of the lineage (or, as the first, of any lineage) and names this one as what it follows.</summary>
    public bool Admits(Decree decree) =>
        decree.Previous == Fingerprint
        && decree.Epoch.Number == After.Number + 1
        && (IsFounding ? decree.Origin == Fingerprint : decree.Epoch.Lineage == After.Lineage);

    /// <summary>How many of so many acceptors decide.</summary>
    public static int Majority(int acceptors) => (acceptors / 2) + 1;
}
