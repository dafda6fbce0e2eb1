using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class PreferenceListTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(5, 1)]
    [InlineData(13, 4)]
    [InlineData(20, 20)]
    public void It_begins_with_the_owners_and_has_everyone_once(int members, int zones)
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(members, zones, weighted: true)));
        foreach (var slot in Clusters.Slots().Where(slot => slot.Index % 16 == 0))
        {
            var list = ring.PreferenceList(slot).ToArray();
            Assert.Equal(ring.Owners(slot).ToArray(), list[..ring.Owners(slot).Length]);
            Assert.Equal(ring.PreferenceList(slot).StandIns, list[ring.Owners(slot).Length..]);
            Assert.Equal(ring.Topology.Members.ToArray().Select(member => member.Id), list.Order());
        }
    }

    [Fact]
    public void It_is_the_same_on_every_node()
    {
        var one = new Ring(Clusters.Topology(Clusters.Of(30, 3)));
        Assert.True(TopologyCodec.TryDecode(TopologyCodec.Encode(one.Topology), out var received));
        var other = new Ring(received!);
        Assert.All(Clusters.Slots(), slot => Assert.Equal(one.PreferenceList(slot).Take(6), other.PreferenceList(slot).Take(6)));
    }

    [Fact]
    public void It_knows_which_are_owners()
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(5)));
        var claims = new List<bool>();
        for (var list = ring.PreferenceList(new Slot(5)).GetEnumerator(); list.MoveNext();)
        {
            claims.Add(list.IsOwner);
        }

        Assert.Equal([true, true, true, false, false], claims);
    }

    [Fact]
    public void The_first_to_stand_in_is_from_a_zone_without_a_copy()
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(30, 5)));
        foreach (var slot in Clusters.Slots())
        {
            var zones = ring.PreferenceList(slot).Take(5).Select(id => ring.Member(id)!.Zone).ToArray();
            Assert.Equal(5, zones.Distinct().Count());
        }
    }

    [Fact]
    public void The_slots_of_a_lost_member_fall_on_all_others_alike()
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(31)));
        var lost = new NodeId(4);
        var standIns = ring.SlotsOf(lost).ToArray().CountBy(slot => ring.PreferenceList(slot).StandIns.First()).Select(count => count.Value).ToArray();
        var mean = ring.SlotsOf(lost).Length / 30.0;
        Assert.Equal(30, standIns.Length);
        Assert.InRange(standIns.Max(), mean, 1.5 * mean);
        Assert.InRange(standIns.Min(), 0.5 * mean, mean);
    }

    [Fact]
    public void Who_stands_in_second_is_not_always_the_same_either()
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(31)));
        var first = new NodeId(4);
        var seconds = Clusters.Slots().Where(slot => ring.PreferenceList(slot).StandIns.First() == first).CountBy(slot => ring.PreferenceList(slot).StandIns.Skip(1).First()).Select(count => count.Value).ToArray();
        Assert.Equal(30, seconds.Length);
        Assert.InRange(seconds.Max(), 1, seconds.Sum() / 10);
    }

    [Fact]
    public void A_member_with_twice_the_weight_stands_in_twice_as_often()
    {
        var ring = new Ring(Clusters.Topology([.. Clusters.Of(40).Select(member => member with { Weight = member.Id.Value <= 20 ? 2 : 1 })]));
        var heavy = Clusters.Slots().Count(slot => ring.Member(ring.PreferenceList(slot).StandIns.First())!.Weight == 2);
        Assert.InRange(heavy / (double)(Slot.Count - heavy), 1.8, 2.2);
    }

    [Fact]
    public void Walking_through_it_allocates_nothing()
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(20, 4)));
        var sum = 0UL;
        Allocations.None(() =>
        {
            foreach (var node in ring.PreferenceList(new Slot(99)))
            {
                sum += node.Value;
            }
        });
        Assert.NotEqual(0UL, sum);
    }
}
