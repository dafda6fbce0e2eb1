using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class AllocatorMoveTests(ITestOutputHelper output)
{
    private const int Changes = 120;

    [Theory]
    [InlineData(1, false, 76)]
    [InlineData(1, true, 76)]
    [InlineData(3, false, 76)]
    [InlineData(3, true, 76)]
    [InlineData(4, false, 76)]
    [InlineData(4, true, 76)]
    [InlineData(2, true, 12)]
    [InlineData(4, true, 12)]
    [InlineData(5, true, 300)]
    public void Joins_and_leaves_move_little_more_than_they_must_and_keep_loads_even(int zones, bool weighted, int most)
    {
        var random = new Random(1);
        var members = Enumerable.Range(1, most / 2).Select(i => Clusters.Member(i, "z" + (i % zones), Weight())).ToList();
        var next = members.Count + 1;
        var table = Allocator.Allocate(members, 3);
        double ratios = 0, worstRatio = 0, worstLoad = 0;
        for (var change = 0; change < Changes; change++)
        {
            if (members.Count <= 4 || (members.Count < most && random.Next(2) == 0))
            {
                members.Add(Clusters.Member(next++, "z" + random.Next(zones), Weight()));
            }
            else
            {
                members.RemoveAt(random.Next(members.Count));
            }

            var after = Allocator.Allocate(members, 3, table);
            var ratio = Moved(table, after) / (double)Math.Max(1, LeastPossible(members, table));
            (ratios, worstRatio) = (ratios + ratio, Math.Max(worstRatio, ratio));
            worstLoad = Math.Max(worstLoad, WorstLoad(members, after));
            AllocatorTests.AssertSpread(members, after, copies: 3);
            table = after;
        }

        output.WriteLine($"moves {ratios / Changes:F3} x the least (worst {worstRatio:F3}), worst load {worstLoad:F4} x the share");
        Assert.InRange(ratios / Changes, 0, 1.05);
        Assert.InRange(worstLoad, 1, 1.02);

        int Weight() => weighted ? random.Next(1, 5) : 1;
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(50)]
    public void Who_joins_takes_one_copy_of_each_slot_that_changes(int count)
    {
        var before = Allocator.Allocate(Clusters.Of(count), 3);
        var after = Allocator.Allocate(Clusters.Of(count + 1), 3, before);
        foreach (var slot in Clusters.Slots())
        {
            var gained = after.OwnersOf(slot).Except(before.OwnersOf(slot)).ToArray();
            Assert.True(gained is [] || gained is [{ Value: var id }] && id == (ulong)count + 1, $"slot {slot} went to {string.Join(' ', gained)}");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(50)]
    public void Only_the_slots_of_who_leaves_change_owners(int count)
    {
        var before = Allocator.Allocate(Clusters.Of(count), 3);
        var after = Allocator.Allocate(Clusters.Of(count - 1), 3, before);
        var changed = Clusters.Slots().Where(slot => !before.OwnersOf(slot).ToHashSet().SetEquals(after.OwnersOf(slot)));
        Assert.Equal(Clusters.Slots().Where(slot => before.OwnersOf(slot).Contains(new NodeId((ulong)count))), changed);
    }

    [Theory]
    [InlineData(10, 11)]
    [InlineData(11, 10)]
    public void Owners_that_stay_keep_their_order_behind_the_first(int from, int to)
    {
        var before = Allocator.Allocate(Clusters.Of(from), 3);
        var after = Allocator.Allocate(Clusters.Of(to), 3, before);
        foreach (var slot in Clusters.Slots())
        {
            var (old, now) = (before.OwnersOf(slot), after.OwnersOf(slot));
            Assert.Equal(old.Intersect(now).Where(owner => owner != now[0]), now.Skip(1).Intersect(old));
        }
    }

    [Fact]
    public void Moving_gives_the_same_owners_in_every_release()
    {
        var table = Allocator.Allocate(Clusters.Of(20, 4, weighted: true), 3);
        table = Allocator.Allocate(Clusters.Of(23, 4, weighted: true), 3, table);
        table = Allocator.Allocate(Clusters.Of(17, 4, weighted: true), 3, table);
        Assert.Equal(1547611631175316544UL, Fnv1a.Hash([.. Clusters.Slots().SelectMany(slot => table.OwnersOf(slot)).Select(id => (byte)id.Value)]));
    }

    [Fact]
    public void Duty_as_first_owner_stays_even_when_members_come_and_go()
    {
        var table = Allocator.Allocate(Clusters.Of(20, 4, weighted: true), 3);
        table = Allocator.Allocate(Clusters.Of(23, 4, weighted: true), 3, table);
        table = Allocator.Allocate(Clusters.Of(17, 4, weighted: true), 3, table);
        var loads = table.Loads();
        Assert.All(table.FirstDuties(), duty => Assert.InRange(duty.Value, loads[duty.Key] / 3, (loads[duty.Key] / 3) + 1));
    }

    [Fact]
    public void A_member_with_twice_the_weight_comes_to_hold_twice_as_much()
    {
        var members = Clusters.Of(10);
        var before = Allocator.Allocate(members, 3);
        members[0] = members[0] with { Weight = 2 };
        var after = Allocator.Allocate(members, 3, before);
        Assert.InRange(after.Loads()[members[0].Id] / (double)after.Loads()[members[1].Id], 1.99, 2.02);
        Assert.InRange(Moved(before, after), 1, LeastPossible(members, before));
    }

    [Fact]
    public void A_cluster_that_grows_from_one_to_three_only_adds_copies()
    {
        var one = Allocator.Allocate(Clusters.Of(1), 3);
        var two = Allocator.Allocate(Clusters.Of(2), 3, one);
        var three = Allocator.Allocate(Clusters.Of(3), 3, two);
        Assert.Equal((Slot.Count, Slot.Count), (Moved(one, two), Moved(two, three)));
        AllocatorTests.AssertSpread(Clusters.Of(3), three, copies: 3);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 5)]
    [InlineData(5, 3)]
    public void Another_number_of_copies_moves_next_to_none_of_those_that_stay(int from, int to)
    {
        var members = Clusters.Of(12, 6);
        var before = Allocator.Allocate(members, from);
        var after = Allocator.Allocate(members, to, before);
        var added = Math.Max(0, to - from) * Slot.Count;
        Assert.InRange(Moved(before, after), added, added + 10);
        AllocatorTests.AssertSpread(members, after, to);
    }

    [Theory] // each from a founded cluster of the first to the second
    [InlineData("a1 a1 a1 b1 b1 b1", "a1 a1 a1 b1 b1 b1 c1")]
    [InlineData("a1 a1 a1 b1 b1 b1 c1", "a1 a1 a1 b1 b1 b1")]
    [InlineData("a1 a1 a1 a1", "a1 a1 a1 a1 b1")]
    [InlineData("a1 a1 a1 b1", "a1 b1 c1 d1")]
    [InlineData("a4 b1 c1 d1", "a1 b1 c1 d4")]
    [InlineData("a1 b1 c1 d1 e1", "a1 a1 a1 a1 a1")]
    public void When_zones_change_copies_are_spread_over_the_new_ones(string from, string to)
    {
        var members = Clusters.Parse(to);
        var after = Allocator.Allocate(members, 3, Allocator.Allocate(Clusters.Parse(from), 3));
        AllocatorTests.AssertSpread(members, after, copies: 3);
        Assert.InRange(WorstLoad(members, after), 1, 1.02);
    }

    [Fact]
    public void A_table_that_shares_no_member_is_replaced_whole()
    {
        Member[] others = [.. Enumerable.Range(100, 7).Select(i => Clusters.Member(i))];
        var after = Allocator.Allocate(others, 3, Allocator.Allocate(Clusters.Of(5), 3));
        AllocatorTests.AssertSpread(others, after, copies: 3);
        Assert.InRange(WorstLoad(others, after), 1, 1.02);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(299)]
    public void When_all_are_replaced_at_once_those_that_come_share_slots_with_nearly_all_others(int count)
    {
        Member[] others = [.. Enumerable.Range(1000, count).Select(i => Clusters.Member(i))];
        var table = Allocator.Allocate(others, 3, Allocator.Allocate(Clusters.Of(count), 3));
        var sharers = Clusters.Slots().Select(table.OwnersOf).Where(owners => owners.Contains(others[7].Id)).SelectMany(owners => owners).Distinct().Count();
        Assert.InRange(sharers, count / 2, count);
    }

    [Fact]
    public void Members_that_share_slots_with_each_other_only_have_their_duty_among_themselves()
    {
        var owners = Enumerable.Range(0, Slot.Count).SelectMany(slot => Enumerable.Range(slot % 100 * 3, 3)).Select(i => (ushort)i).ToArray();
        Assert.True(OwnerTable.TryCreate([.. Enumerable.Range(1, 300).Select(i => new NodeId((ulong)i))], Enumerable.Repeat((byte)3, Slot.Count).ToArray(), owners, out var table));
        var after = Allocator.Allocate(Clusters.Of(300), 3, table);
        Assert.Equal(0, Moved(table!, after));
        Assert.All(after.FirstDuties(), duty => Assert.InRange(duty.Value, 53, 56));
    }

    private static int Moved(OwnerTable before, OwnerTable after)
    {
        var old = Array.ConvertAll(after.Nodes.ToArray(), id => before.Nodes.BinarySearch(id));
        var moved = 0;
        foreach (var slot in Clusters.Slots())
        {
            foreach (var owner in after.Owners(slot))
            {
                moved += old[owner] < 0 || !before.Owners(slot).Contains((ushort)old[owner]) ? 1 : 0;
            }
        }

        return moved;
    }

    /// <summary>What members hold less than their share: so many copies must come to them.</summary>
    private static int LeastPossible(IReadOnlyCollection<Member> members, OwnerTable before)
    {
        var loads = before.Loads();
        return members.OrderBy(member => member.Id).Zip(Allocator.Shares(members, 3), (member, share) => Math.Max(0, share - loads.GetValueOrDefault(member.Id))).Sum();
    }

    private static double WorstLoad(IReadOnlyCollection<Member> members, OwnerTable table)
    {
        var loads = table.Loads();
        return members.OrderBy(member => member.Id).Zip(Allocator.Shares(members, 3), (member, share) => loads[member.Id] / (double)share).Max();
    }
}
