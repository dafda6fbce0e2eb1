using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class RingTests
{
    private static readonly Topology Topology = Clusters.Topology(Clusters.Of(20, 4, weighted: true));
    private static readonly Ring Ring = new(Topology);

    [Fact]
    public void Owners_are_those_of_the_topology() => Assert.All(Clusters.Slots(), slot => Assert.Equal(Topology.Owners.OwnersOf(slot), Ring.Owners(slot).ToArray()));

    [Fact]
    public void Only_owners_are_owners() => Assert.All(
        Clusters.Slots(),
        slot => Assert.Equal(Topology.Owners.OwnersOf(slot).Order(), Topology.Members.ToArray().Select(member => member.Id).Where(id => Ring.IsOwner(slot, id))));

    [Fact]
    public void The_slots_of_a_node_are_those_it_owns() => Assert.All(
        Topology.Members.ToArray(),
        member => Assert.Equal(Clusters.Slots().Where(slot => Topology.Owners.OwnersOf(slot).Contains(member.Id)), Ring.SlotsOf(member.Id).ToArray()));

    [Fact]
    public void A_stranger_owns_nothing_and_is_no_member()
    {
        var stranger = new NodeId(99);
        Assert.True(Ring.SlotsOf(stranger).IsEmpty);
        Assert.Null(Ring.Member(stranger));
        Assert.False(Ring.IsOwner(new Slot(0), stranger));
    }

    [Fact]
    public void A_member_is_found_by_its_id() => Assert.All(Topology.Members.ToArray(), member => Assert.Same(member, Ring.Member(member.Id)));

    [Fact]
    public void A_slot_with_fewer_owners_has_their_majority() => Assert.Equal(new Quorums(2, 2, 2), new Ring(Clusters.Topology(Clusters.Of(2))).QuorumsOf(new Slot(7)));

    [Fact]
    public void Looking_up_allocates_nothing()
    {
        var slot = new Slot(1234);
        var node = new NodeId(7);
        var sum = 0;
        Allocations.None(() => sum += Ring.Owners(slot).Length + Ring.SlotsOf(node).Length + (Ring.IsOwner(slot, node) ? 1 : 0) + Ring.Member(node)!.Weight);
        Assert.NotEqual(0, sum);
    }
}
