using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

/// <summary>Carries clusters through changes: plays everybody whose word moves wait for, and checks every document against the one before it.</summary>
internal static class Moving
{
    public static readonly MoveLimits NoLimits = new(Slot.Count, Slot.Count);

    /// <summary>A member in the zone of <see cref="Clusters.Of"/>.</summary>
    public static Member Newcomer(int id, int weight = 1) => Clusters.Member(id, "z0", weight);

    public static NodeId Id(int id) => new((ulong)id);

    /// <summary>What the change makes, checked; it must not be refused.</summary>
    public static Topology After(this Topology last, params TopologyChange[] changes) => last.After(ChangeConsent.None, changes);

    public static Topology After(this Topology last, ChangeConsent consent, params TopologyChange[] changes)
    {
        var outcome = last.Change(changes, consent);
        Assert.True(outcome is ChangeOutcome.Made, outcome.ToString());
        var next = ((ChangeOutcome.Made)outcome).Next;
        AssertFollows(last, next, isChange: true);
        return next;
    }

    /// <summary>Why it is refused.</summary>
    public static string Refusal(this Topology last, params TopologyChange[] changes) => last.Refusal(ChangeConsent.None, changes);

    public static string Refusal(this Topology last, ChangeConsent consent, params TopologyChange[] changes)
    {
        var outcome = last.Change(changes, consent);
        Assert.True(outcome is ChangeOutcome.Refused, outcome.ToString());
        return ((ChangeOutcome.Refused)outcome).Reason;
    }

    /// <summary>Everybody has done, and says, whatever there is to be done.</summary>
    public static MoveFacts AllDone(this Topology topology)
    {
        var ids = topology.Members.ToArray().Select(member => member.Id).ToArray();
        var all = ids.ToDictionary(id => id, _ => SlotSet.All());
        var ring = new Ring(topology);
        return new MoveFacts
        {
            AsOf = topology.Epoch,
            Knowing = all,
            Merged = all,
            Acknowledged = ids.ToDictionary(id => id, _ => topology.Epoch.Number),
            Emptied = ids.Where(id => ring.SlotsOf(id).IsEmpty).ToHashSet(),
        };
    }

    public static MoveFacts Nothing(this Topology topology) => new() { AsOf = topology.Epoch };

    /// <summary>The next document, checked; null if there is none.</summary>
    public static Topology? Step(this Topology last, MoveFacts facts, MoveLimits? limits = null)
    {
        var next = last.Advance(facts, limits ?? NoLimits);
        if (next is not null)
        {
            AssertFollows(last, next, isChange: false);
        }

        return next;
    }

    /// <summary>Goes on until nothing is to be done. <paramref name="moved"/>: how many copies were made.</summary>
    public static Topology Finish(this Topology topology, MoveLimits limits, out int moved)
    {
        moved = 0;
        while (topology.Step(topology.AllDone(), limits) is { } next)
        {
            moved += Begun(topology, next);
            topology = next;
        }

        Assert.True(topology.IsSettled, topology.ToString());
        return topology;
    }

    public static Topology Finish(this Topology topology) => topology.Finish(NoLimits, out _);

    public static NodeId[] OwnersOf(this Topology topology, Slot slot) => topology.Owners.OwnersOf(slot);

    public static NodeId[] GainingOf(this Topology topology, Slot slot) => topology.Gaining.OwnersOf(slot);

    public static NodeId[] GoalOf(this Topology topology, Slot slot) => topology.Goal.OwnersOf(slot);

    public static NodeId[] HoldersOf(this Topology topology, Slot slot) => [.. topology.OwnersOf(slot).Union(topology.GainingOf(slot))];

    /// <summary>What the slot is to have in the end.</summary>
    public static NodeId[] WantedOf(this Topology topology, Slot slot) =>
        topology.GoalOf(slot) is { Length: > 0 } goal ? goal : topology.GainingOf(slot) is { Length: > 0 } gaining ? gaining : topology.OwnersOf(slot);

    public static Slot[] SlotsIn(this Topology topology, MoveStage stage) => [.. Clusters.Slots().Where(slot => topology.StageOf(slot) == stage)];

    /// <summary>How many copies begin to be made from one document to the next.</summary>
    public static int Begun(Topology last, Topology next) =>
        Clusters.Slots().Where(slot => next.StageOf(slot) == MoveStage.ReadOld && next.SinceOf(slot) == next.Epoch.Number).Sum(slot => next.GainingOf(slot).Except(next.OwnersOf(slot)).Count());

    /// <summary>Every slot took a step that the rules know, or none; since and begun say so; and what is wanted is not forgotten.</summary>
    public static void AssertFollows(Topology last, Topology next, bool isChange)
    {
        Assert.Equal(new Epoch(last.Epoch.Lineage, last.Epoch.Number + 1), next.Epoch);
        var number = next.Epoch.Number;
        var members = next.Members.ToArray().Select(member => member.Id).ToHashSet();
        var known = members.Concat(next.Former.ToArray().Select(former => former.Id)).ToHashSet();
        var isComparable = last.Owners.Nodes.SequenceEqual(next.Owners.Nodes);
        foreach (var slot in Clusters.Slots())
        {
            if (isComparable && AreEqual(last, next, slot))
            {
                continue;
            }

            NodeId[] owners = next.OwnersOf(slot), gaining = next.GainingOf(slot), wasOwners = last.OwnersOf(slot), wasGaining = last.GainingOf(slot);
            var (was, now) = (last.StageOf(slot), next.StageOf(slot));
            var isSame = was == now && owners.SequenceEqual(wasOwners) && gaining.SequenceEqual(wasGaining);
            var since = next.SinceOf(slot);
            var mid = was == MoveStage.ReadNew && !isSame ? wasGaining : was == MoveStage.ReadOld && now != MoveStage.ReadNew && !isSame ? wasOwners : last.HoldersOf(slot);
            if ((isSame ? last.SinceOf(slot) : number) != since || !IsLegal() || (!isChange && !next.WantedOf(slot).SequenceEqual(last.WantedOf(slot))))
            {
                Assert.Fail($"slot {slot}: [{string.Join(' ', wasOwners)}] to [{string.Join(' ', wasGaining)}] {was} becomes [{string.Join(' ', owners)}] to [{string.Join(' ', gaining)}] {now} since {since} in {number}");
            }

            foreach (var id in next.HoldersOf(slot))
            {
                var begun = mid.Contains(id) && last.BegunOf(slot, id) is > 0 and var before ? before : number;
                if (next.BegunOf(slot, id) != begun || !known.Contains(id))
                {
                    Assert.Fail($"{id} owns slot {slot} since {next.BegunOf(slot, id)} instead of {begun}, in {number}");
                }
            }

            bool IsLegal() => (was, now) switch
            {
                _ when isSame => true,
                (MoveStage.Settled, MoveStage.Settled) => owners.ToHashSet().SetEquals(wasOwners) && owners.SequenceEqual(last.GoalOf(slot)),
                (MoveStage.Settled, MoveStage.ReadOld) => owners.SequenceEqual(wasOwners) && gaining.SequenceEqual(last.GoalOf(slot)),
                (MoveStage.ReadOld, MoveStage.ReadOld) => owners.SequenceEqual(wasOwners) && gaining.SequenceEqual(last.GoalOf(slot)),
                (MoveStage.ReadOld, MoveStage.ReadNew) => owners.SequenceEqual(wasOwners) && gaining.SequenceEqual(wasGaining),
                (MoveStage.ReadOld, MoveStage.Settled) => owners.SequenceEqual(wasOwners) || (owners.ToHashSet().SetEquals(wasOwners) && owners.SequenceEqual(last.GoalOf(slot))),
                (MoveStage.ReadNew, MoveStage.Settled) => owners.ToHashSet().SetEquals(wasGaining),
                (MoveStage.ReadNew, MoveStage.ReadOld) => owners.SequenceEqual(wasGaining) && gaining.SequenceEqual(last.GoalOf(slot)),
                _ => false,
            };
        }
    }

    private static bool AreEqual(Topology one, Topology other, Slot slot) =>
        one.StageOf(slot) == other.StageOf(slot)
        && one.SinceOf(slot) == other.SinceOf(slot)
        && one.Owners.Owners(slot).SequenceEqual(other.Owners.Owners(slot))
        && one.Gaining.Owners(slot).SequenceEqual(other.Gaining.Owners(slot))
        && one.Goal.Owners(slot).SequenceEqual(other.Goal.Owners(slot))
        && one.Placements.Tenures.Begun(slot.Index).SequenceEqual(other.Placements.Tenures.Begun(slot.Index));
}
