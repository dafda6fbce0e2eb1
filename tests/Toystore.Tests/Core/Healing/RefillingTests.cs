using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Tests.Core.Placement;

namespace Toystore.Tests.Core.Healing;

/// <summary>Rule 17 of docs/decisions/0009, with N = 3 and W = 2: two others that know, or both.</summary>
public sealed class RefillingTests
{
    private static readonly Slot Slot = new(5);
    private static readonly Ring Five = new(Topology.Found(Clusters.Id, Clusters.Of(5), new Quorums(5, 3, 3), []));

    [Fact]
    public void It_knows_again_what_enough_others_knew()
    {
        var refilling = Lost(out var others);
        Assert.False(refilling.Merged(others[0], Slot, knew: true, hasStood: true));
        Assert.False(refilling.Merged(others[1], Slot, knew: true, hasStood: true));
        Assert.True(refilling.Lacking.Contains(Slot));
        Assert.True(refilling.Merged(others[2], Slot, knew: true, hasStood: true));
        Assert.False(refilling.Lacking.Contains(Slot));
    }

    [Fact]
    public void The_same_other_counts_once()
    {
        var refilling = Lost(out var others);
        for (var time = 0; time < 5; time++)
        {
            Assert.False(refilling.Merged(others[0], Slot, knew: true, hasStood: true));
        }
    }

    [Fact]
    public void Others_that_do_not_know_count_only_all_together()
    {
        var refilling = Lost(out var others);
        Assert.False(refilling.Merged(others[0], Slot, knew: true, hasStood: true));
        Assert.False(refilling.Merged(others[1], Slot, knew: false, hasStood: true));
        Assert.False(refilling.Merged(others[2], Slot, knew: false, hasStood: true));
        Assert.True(refilling.Merged(others[3], Slot, knew: false, hasStood: true));
    }

    [Fact]
    public void An_exchange_during_which_the_others_floor_moved_does_not_count()
    {
        var refilling = Lost(out var others);
        foreach (var other in others)
        {
            Assert.False(refilling.Merged(other, Slot, knew: true, hasStood: false));
        }
    }

    [Fact]
    public void What_is_lost_anew_has_to_be_merged_anew()
    {
        var refilling = Lost(out var others);
        refilling.Merged(others[0], Slot, knew: true, hasStood: true);
        refilling.Merged(others[1], Slot, knew: true, hasStood: true);
        refilling.Lose(Slot);
        Assert.False(refilling.Merged(others[2], Slot, knew: true, hasStood: true));
    }

    [Fact]
    public void Who_owns_nothing_of_the_slot_does_not_count()
    {
        var ring = new Ring(Topology.Found(Clusters.Id, Clusters.Of(5), new Quorums(3, 2, 2), []));
        var owners = ring.Owners(Slot).ToArray();
        var refilling = new Refilling(ring, owners[0], new SlotSet([Slot]));
        foreach (var member in Clusters.Of(5).Select(member => member.Id).Except(owners))
        {
            Assert.False(refilling.Merged(member, Slot, knew: true, hasStood: true));
        }

        Assert.False(refilling.Merged(owners[1], Slot, knew: true, hasStood: true));
        Assert.True(refilling.Merged(owners[2], Slot, knew: true, hasStood: true));
    }

    // One of five owners, W = 3: three others that know have to be merged, or all four.
    private static Refilling Lost(out NodeId[] others)
    {
        var owners = Five.Owners(Slot).ToArray();
        others = owners[1..];
        return new Refilling(Five, owners[0], new SlotSet([Slot]));
    }
}
