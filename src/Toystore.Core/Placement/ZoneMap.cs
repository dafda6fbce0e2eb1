namespace Toystore.Core.Placement;

/// <summary>
/// Which member is in which zone, and how many copies of one slot a zone may hold so that they are spread as evenly as its members allow: with at least N zones 0 or 1; otherwise every zone is filled up to a
/// level (or to its number of members), and some to one more. For 3 copies over zones of 5 and 2 members: 1 to 2 in each. Of 5 and 1 members: 2 and 1.
/// </summary>
internal sealed class ZoneMap
{
    private readonly int[] _zoneOf;

    private ZoneMap(int[] zoneOf, string[] names, int[] fewest, int[] most) => (_zoneOf, Names, Fewest, Most) = (zoneOf, names, fewest, most);

    /// <summary>The zones, in the order in which the members first name them.</summary>
    public string[] Names { get; }

    /// <summary>Per zone, the fewest copies of a slot that it holds.</summary>
    public int[] Fewest { get; }

    /// <summary>Per zone, the most copies of a slot that it holds.</summary>
    public int[] Most { get; }

    public int Count => Names.Length;

    /// <summary>The zone of each member.</summary>
    public ReadOnlySpan<int> OfMembers => _zoneOf;

    public int Of(int member) => _zoneOf[member];

    /// <param name="members">Sorted by id.</param>
    /// <param name="copies">Per slot; at most as many as there are members.</param>
    public static ZoneMap Create(ReadOnlySpan<Member> members, int copies)
    {
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new List<string>();
        var sizes = new List<int>();
        var zoneOf = new int[members.Length];
        for (var m = 0; m < members.Length; m++)
        {
            if (!indexes.TryGetValue(members[m].Zone, out var zone))
            {
                zone = names.Count;
                indexes.Add(members[m].Zone, zone);
                names.Add(members[m].Zone);
                sizes.Add(0);
            }

            zoneOf[m] = zone;
            sizes[zone]++;
        }

        var level = 1;
        while (Room(sizes, level) < copies)
        {
            level++;
        }

        return new ZoneMap(
            zoneOf,
            [.. names],
            [.. sizes.Select(size => Room(sizes, level) == copies ? Math.Min(size, level) : Math.Min(size, level - 1))],
            [.. sizes.Select(size => Math.Min(size, level))]);
    }

    private static int Room(List<int> sizes, int level) => sizes.Sum(size => Math.Min(size, level));
}
