using System.Globalization;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

/// <summary>Members to place, and what a table of owners gives them.</summary>
internal static class Clusters
{
    public static readonly ClusterId Id = new(new Guid("6f1c2a34-9b7d-4e0f-8a55-0123456789ab"));

    public static Member Member(int id, string zone = "default", int weight = 1) => new(new NodeId((ulong)id), new Endpoint($"host{id}", 7000)) { Zone = zone, Weight = weight };

    /// <summary>Members from their zone and weight: <c>a1 a1 b2</c>.</summary>
    public static Member[] Parse(string text) =>
        [.. text.Split(' ').Select((word, i) => Member(i + 1, word[..1], int.Parse(word[1..], CultureInfo.InvariantCulture)))];

    /// <summary>n1, n2 … in zones by turns, with a weight of 1 or, by turns, of 1 to 4.</summary>
    public static Member[] Of(int count, int zones = 1, bool weighted = false) =>
        [.. Enumerable.Range(1, count).Select(i => Member(i, "z" + (i % zones), weighted ? 1 + (i * 7 % 4) : 1))];

    public static Topology Topology(params IReadOnlyCollection<Member> members) => Toystore.Core.Placement.Topology.Found(Id, members, Quorums.Default, []);

    public static IEnumerable<Slot> Slots() => Enumerable.Range(0, Slot.Count).Select(i => new Slot((ushort)i));

    public static NodeId[] OwnersOf(this OwnerTable table, Slot slot) => Array.ConvertAll(table.Owners(slot).ToArray(), i => table.Nodes[i]);

    public static Dictionary<NodeId, int> Loads(this OwnerTable table) => Count(table, Quorums.CopiesMax);

    public static Dictionary<NodeId, int> FirstDuties(this OwnerTable table) => Count(table, 1);

    private static Dictionary<NodeId, int> Count(OwnerTable table, int ownersMax)
    {
        var counts = new int[table.Nodes.Length];
        foreach (var slot in Slots())
        {
            var owners = table.Owners(slot);
            foreach (var owner in owners[..Math.Min(ownersMax, owners.Length)])
            {
                counts[owner]++;
            }
        }

        return table.Nodes.ToArray().Zip(counts).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
