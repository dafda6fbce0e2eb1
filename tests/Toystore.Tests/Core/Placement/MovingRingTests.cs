using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class MovingRingTests
{
    private static readonly Topology StageOne = StepOf(Clusters.Topology(Clusters.Of(5, 2)).After(new TopologyChange.Join(Moving.Newcomer(6)), new TopologyChange.Leave(Moving.Id(1))), isSaid: false);
    private static readonly Topology StageTwo = StepOf(StageOne, isSaid: true);

    public static TheoryData<bool, int> Places() => new(
        from isStageTwo in new[] { false, true }
        from slot in new[] { 0, 1, 2, 77, 4096, 16383 }
        select (isStageTwo, slot));

    [Fact]
    public void A_settled_slot_has_one_set_of_owners_for_everything()
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(5)));
        var place = ring.Placement(new Slot(9));
        var owners = ring.Owners(new Slot(9)).ToArray();
        Assert.Equal((MoveStage.Settled, 1UL, false), (place.Stage, place.Since, place.StayersMerge));
        Assert.All([place.Old.ToArray(), place.New.ToArray(), place.Readable.ToArray(), place.All.ToArray()], set => Assert.Equal(owners, set));
        Assert.Equal((Quorums.Default, Quorums.Default), (place.OldQuorums, place.NewQuorums));
    }

    [Fact]
    public void Old_and_new_owners_are_those_of_the_document()
    {
        foreach (var topology in new[] { StageOne, StageTwo })
        {
            var ring = new Ring(topology);
            foreach (var slot in Clusters.Slots())
            {
                var place = ring.Placement(slot);
                var expectedNew = topology.StageOf(slot) == MoveStage.Settled ? topology.OwnersOf(slot) : topology.GainingOf(slot);
                Assert.True(place.Old.SequenceEqual(topology.OwnersOf(slot)) && place.New.SequenceEqual(expectedNew) && place.Stage == topology.StageOf(slot) && place.Since == topology.SinceOf(slot));
                Assert.True(place.All.ToArray().ToHashSet().SetEquals(topology.HoldersOf(slot)) && place.All.Length == topology.HoldersOf(slot).Length);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reads_ask_the_old_owners_in_stage_1_and_the_new_ones_in_stage_2(bool isStageTwo)
    {
        var topology = isStageTwo ? StageTwo : StageOne;
        var ring = new Ring(topology);
        var slot = topology.SlotsIn(isStageTwo ? MoveStage.ReadNew : MoveStage.ReadOld)[3];
        var readable = isStageTwo ? topology.GainingOf(slot) : topology.OwnersOf(slot);
        Assert.Equal(readable, ring.Owners(slot).ToArray());
        Assert.Equal(readable, ring.Placement(slot).Readable.ToArray());
        Assert.Equal(readable, ring.AllOwners(slot)[..readable.Length].ToArray());
        Assert.Equal(ring.Topology.Quorums.ForOwners(readable.Length), ring.QuorumsOf(slot));
    }

    [Fact]
    public void Sets_of_different_sizes_have_quorums_of_their_own()
    {
        var two = StepOf(Clusters.Topology(Clusters.Of(1)).After(new TopologyChange.Join(Moving.Newcomer(2))), isSaid: false);
        var place = new Ring(two).Placement(new Slot(0));
        Assert.Equal((new Quorums(1, 1, 1), new Quorums(2, 2, 2)), (place.OldQuorums, place.NewQuorums));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_slots_of_a_node_are_those_that_it_owns_in_any_stage(bool isStageTwo)
    {
        var topology = isStageTwo ? StageTwo : StageOne;
        var ring = new Ring(topology);
        foreach (var id in topology.Members.ToArray().Select(member => member.Id))
        {
            Assert.Equal(Clusters.Slots().Where(slot => topology.HoldersOf(slot).Contains(id)), ring.SlotsOf(id).ToArray());
            Assert.Equal(Clusters.Slots().Where(slot => ring.IsOwner(slot, id)), ring.SlotsOf(id).ToArray());
            Assert.Equal(Toystore.Core.Healing.SlotSet.OwnedBy(ring, id).ToArray(), ring.SlotsOf(id).ToArray());
            Assert.Equal(Clusters.Slots().Where(slot => topology.GainingOf(slot).Contains(id) && !topology.OwnersOf(slot).Contains(id)), ring.SlotsGainedBy(id).ToArray());
            Assert.Equal(Clusters.Slots().Where(slot => topology.StageOf(slot) != MoveStage.Settled && topology.OwnersOf(slot).Contains(id) && !topology.GainingOf(slot).Contains(id)), ring.SlotsLostBy(id).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_preference_list_has_every_member_once_owners_of_any_stage_first(bool isStageTwo, int index)
    {
        var (ring, slot) = (new Ring(isStageTwo ? StageTwo : StageOne), new Slot((ushort)index));
        var list = ring.PreferenceList(slot);
        var owners = ring.AllOwners(slot).ToArray();
        Assert.Equal(owners, list.Owners.ToArray());
        Assert.Equal(owners, list.Take(owners.Length));
        Assert.Equal(ring.Topology.Members.ToArray().Select(member => member.Id), list.Order());
        Assert.Empty(list.StandIns.Intersect(owners));
    }

    [Fact]
    public void Who_was_removed_is_an_owner_to_be_counted_but_no_member_and_stands_in_for_nobody()
    {
        var ring = new Ring(Clusters.Topology(Clusters.Of(5, 2)).After(new TopologyChange.Remove(Moving.Id(2))));
        var slot = Clusters.Slots().First(slot => ring.IsOwner(slot, Moving.Id(2)));
        Assert.Equal((3, 3), (ring.Owners(slot).Length, ring.QuorumsOf(slot).Copies));
        Assert.Null(ring.Member(Moving.Id(2)));
        Assert.True(ring.SlotsOf(Moving.Id(2)).IsEmpty);
        Assert.Equal([1, 2, 3, 4, 5], ring.PreferenceList(slot).Select(id => (int)id.Value).Order());
        var other = Clusters.Slots().First(slot => !ring.IsOwner(slot, Moving.Id(2)));
        Assert.DoesNotContain(Moving.Id(2), ring.PreferenceList(other));
    }

    [Fact]
    public void Looking_up_a_slot_that_moves_allocates_nothing()
    {
        var ring = new Ring(StageTwo);
        var (slot, node, sum) = (StageTwo.SlotsIn(MoveStage.ReadNew)[0], Moving.Id(6), 0UL);
        Allocations.None(() =>
        {
            var place = ring.Placement(slot);
            sum += place.Since + (ulong)(place.Old.Length + place.New.Length + place.Readable.Length + place.All.Length + place.OldQuorums.Writes + place.NewQuorums.Reads) + (place.StayersMerge ? 1UL : 0);
            sum += StageTwo.BegunOf(slot, node) + (ulong)(ring.SlotsGainedBy(node).Length + ring.SlotsLostBy(node).Length + ring.AllOwners(slot).Length) + (ring.IsOwner(slot, node) ? 1UL : 0);
        });
        Assert.NotEqual(0UL, sum);
    }

    private static Topology StepOf(Topology topology, bool isSaid) =>
        topology.Step(isSaid ? topology.AllDone() with { Acknowledged = new Dictionary<NodeId, ulong>() } : topology.Nothing(), new MoveLimits(6000, 6000))!;
}
