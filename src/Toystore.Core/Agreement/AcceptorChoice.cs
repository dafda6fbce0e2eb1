namespace Toystore.Core.Agreement;

/// <summary>A member as a possible acceptor. <paramref name="Disk"/>: the one that it has, if it has told; null if it is not known at present.</summary>
public readonly record struct Candidate(NodeId Node, string Zone, DiskId? Disk);

/// <summary>
/// Who should decide on the next decree: the largest odd number of members up to <see cref="Decree.AcceptorsMax"/>, spread over the zones as evenly as these allow, with as few new ones as that takes. The same arguments, in any order, give the
/// same names everywhere.
/// </summary>
/// <remarks>
/// Zones are filled level by level: each gives one acceptor, then each that can a second one, until there are enough. Zones in which acceptors are now come first where a level cannot be filled. Of 5 acceptors, zones of 4, 1 and 1 members
/// give 3, 1, 1.
/// </remarks>
public static class AcceptorChoice
{
    /// <summary>
    /// The acceptors to name. <paramref name="present"/>: those that the newest decree names. Who is no candidate is not named. Whose disk is not known is named only if it is now, with the disk that it is named with; if its disk is another by
    /// now, that is named. Empty if nobody can be.
    /// </summary>
    public static IReadOnlyList<AcceptorName> Choose(ReadOnlySpan<AcceptorName> present, IEnumerable<Candidate> members)
    {
        var now = new Dictionary<NodeId, DiskId>();
        foreach (var (node, disk) in present)
        {
            now[node] = disk;
        }

        // In each zone those that are acceptors now come first, and of these the ones that are there.
        var zones = members
            .Where(member => member.Disk is not null || now.ContainsKey(member.Node))
            .Select(member => (Name: new AcceptorName(member.Node, member.Disk ?? now[member.Node]), member.Zone, IsHeard: member.Disk is not null))
            .GroupBy(member => member.Zone, StringComparer.Ordinal)
            .OrderBy(zone => zone.Key, StringComparer.Ordinal)
            .Select(zone => zone.OrderByDescending(member => now.ContainsKey(member.Name.Node)).ThenByDescending(member => member.IsHeard).ThenBy(member => member.Name.Node).Select(member => member.Name).ToArray())
            .ToArray();

        var count = zones.Sum(zone => zone.Length);
        var left = Math.Min(Decree.AcceptorsMax, (count - 1) | 1);
        var chosen = new List<AcceptorName>();
        for (var level = 0; left > 0; level++)
        {
            var row = zones.Where(zone => zone.Length > level).Select(zone => zone[level]).OrderByDescending(name => now.ContainsKey(name.Node)).Take(left).ToArray();
            chosen.AddRange(row);
            left -= row.Length;
        }

        chosen.Sort((one, other) => one.Node.CompareTo(other.Node));
        return chosen;
    }
}
