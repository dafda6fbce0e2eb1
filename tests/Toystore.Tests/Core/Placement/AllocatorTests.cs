using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class AllocatorTests
{
    public static TheoryData<int, int, bool> Sizes() => new(
        from members in new[] { 3, 4, 7, 30, 100, 300 }
        from zones in new[] { 1, 3, 4 }
        from weighted in new[] { false, true }
        select (members, zones, weighted));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_new_cluster_gives_every_member_exactly_its_share(int count, int zones, bool weighted)
    {
        var members = Clusters.Of(count, zones, weighted);
        Assert.Equal(Allocator.Shares(members, 3), Allocator.Allocate(members, 3).Loads().OrderBy(load => load.Key).Select(load => load.Value));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(300)]
    public void Equal_members_hold_equally_much(int count)
    {
        var loads = Allocator.Allocate(Clusters.Of(count), 3).Loads().Values;
        Assert.InRange(loads.Max() - loads.Min(), 0, 1);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Duty_as_first_owner_is_a_third_of_what_a_member_holds(int count, int zones, bool weighted)
    {
        var table = Allocator.Allocate(Clusters.Of(count, zones, weighted), 3);
        var loads = table.Loads();
        Assert.All(table.FirstDuties(), duty => Assert.InRange(duty.Value, loads[duty.Key] / 3, (loads[duty.Key] / 3) + 1));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Copies_of_a_slot_are_on_different_members_and_in_different_zones(int count, int zones, bool weighted)
    {
        var members = Clusters.Of(count, zones, weighted);
        AssertSpread(members, Allocator.Allocate(members, 3), copies: 3);
    }

    [Theory]
    [InlineData("a1 a1 a1 b1 b1 b1", 3, 1, 2)]
    [InlineData("a1 a1 a1 a1 a1 b1", 3, 1, 2)]
    [InlineData("a4 a1 a1 b2 b1 c1", 5, 1, 2)]
    public void With_too_few_zones_copies_are_spread_as_evenly_as_possible(string text, int copies, int fewest, int most)
    {
        var members = Clusters.Parse(text);
        var table = Allocator.Allocate(members, copies);
        var zoneOf = members.ToDictionary(member => member.Id, member => member.Zone);
        var counts = Clusters.Slots().SelectMany(slot => table.OwnersOf(slot).CountBy(owner => zoneOf[owner])).Select(zone => zone.Value).ToHashSet();
        Assert.Equal((fewest, most), (counts.Min(), counts.Max()));
    }

    [Fact]
    public void With_fewer_members_than_copies_everyone_owns_everything()
    {
        var table = Allocator.Allocate(Clusters.Of(2), 3);
        Assert.All(Clusters.Slots(), slot => Assert.Equal(2, table.Owners(slot).Length));
    }

    [Fact]
    public void The_slots_of_a_member_are_shared_with_nearly_all_others()
    {
        var table = Allocator.Allocate(Clusters.Of(100), 3);
        var sharers = Clusters.Slots().Select(table.OwnersOf).Where(owners => owners.Contains(new NodeId(1))).SelectMany(owners => owners).Distinct().Count();
        Assert.InRange(sharers, 95, 100);
    }

    [Fact]
    public void The_order_in_which_members_are_given_does_not_matter()
    {
        var members = Clusters.Of(40, 4, weighted: true);
        var less = Clusters.Of(39, 4, weighted: true);
        Assert.Equal(Rows(Allocator.Allocate(members, 3)), Rows(Allocator.Allocate([.. members.Reverse()], 3)));
        Assert.Equal(
            Rows(Allocator.Allocate(less, 3, Allocator.Allocate(members, 3))),
            Rows(Allocator.Allocate([.. less.Reverse()], 3, Allocator.Allocate([.. members.Reverse()], 3))));
    }

    [Fact]
    public void Nothing_moves_when_nothing_has_changed()
    {
        var members = Clusters.Of(40, 4, weighted: true);
        var table = Allocator.Allocate(members, 3);
        Assert.Equal(Rows(table), Rows(Allocator.Allocate(members, 3, table)));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(3, 17)]
    public void Impossible_numbers_are_refused(int members, int copies) => Assert.Throws<ArgumentException>(() => Allocator.Allocate(Clusters.Of(members), copies));

    [Fact]
    public void A_member_that_is_there_twice_is_refused() => Assert.Throws<ArgumentException>(() => Allocator.Allocate([Clusters.Member(1), Clusters.Member(1)], 3));

    internal static void AssertSpread(IReadOnlyCollection<Member> members, OwnerTable table, int copies)
    {
        var names = members.Select(member => member.Zone).Distinct().ToList();
        var zoneOf = members.OrderBy(member => member.Id).Select(member => names.IndexOf(member.Zone)).ToArray();
        var (owners, zones) = (new HashSet<ushort>(), new HashSet<int>());
        foreach (var slot in Clusters.Slots())
        {
            owners.Clear();
            zones.Clear();
            foreach (var owner in table.Owners(slot))
            {
                owners.Add(owner);
                zones.Add(zoneOf[owner]);
            }

            Assert.Equal((Math.Min(copies, members.Count), Math.Min(copies, names.Count)), (owners.Count, zones.Count));
        }
    }

    private static string[] Rows(OwnerTable table) => [.. Clusters.Slots().Select(slot => string.Join(' ', table.OwnersOf(slot)))];
}
