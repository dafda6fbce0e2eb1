namespace Toystore.Core.Placement;

/// <summary>The arithmetic of docs/decisions/0011.</summary>
internal static class MoveRules
{
    /// <summary>
    /// Rule 7: true if the owners that stay must have merged before stage 2. Not if the gaining owners, with those of every old write's W owners that must be among the stayers, are W of the new owners: then each completed write is with
    /// as many of them as a write among them would be.
    /// </summary>
    public static bool StayersMerge<T>(ReadOnlySpan<T> owners, ReadOnlySpan<T> gaining, Quorums quorums)
        where T : IEquatable<T>
    {
        int gained = 0, lost = 0;
        foreach (var gainer in gaining)
        {
            gained += owners.Contains(gainer) ? 0 : 1;
        }

        foreach (var owner in owners)
        {
            lost += gaining.Contains(owner) ? 0 : 1;
        }

        return gained + Math.Max(0, quorums.ForOwners(owners.Length).Writes - lost) < quorums.ForOwners(gaining.Length).Writes;
    }
}
