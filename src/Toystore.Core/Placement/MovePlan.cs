using System.Collections.Immutable;

namespace Toystore.Core.Placement;

/// <summary>
/// What a cluster has before it by a document, for whoever wants to see it before the document is proposed: what is to move that does not move yet, from whom to whom, and what is at risk meanwhile. Copies are copies of one slot.
/// </summary>
public sealed record MovePlan
{
    /// <summary>What it means for each member, and for those removed whose copies are missing, ascending by id.</summary>
    public required ImmutableArray<MemberPlan> Members { get; init; }

    /// <summary>The slots that are to move and do not yet.</summary>
    public required int Slots { get; init; }

    /// <summary>The copies that are to be made for it.</summary>
    public required int Moved { get; init; }

    /// <summary>The least that could be: what members hold less than their share.</summary>
    public required int LeastPossible { get; init; }

    /// <summary>The bytes of <see cref="Moved"/>; 0 if it was not said how many each slot has.</summary>
    public required long Bytes { get; init; }

    /// <summary>The slots that move already, and go on.</summary>
    public required int UnderWay { get; init; }

    /// <summary>The slots whose move was called off since the document before.</summary>
    public required int CalledOff { get; init; }

    /// <summary>The slots that have a copy less than they should until they have moved: an owner was removed.</summary>
    public required int FewerThanN { get; init; }

    /// <summary>Of these, the slots in which fewer than W owners are left: until they have moved, writes need stand-ins.</summary>
    public required int FewerThanW { get; init; }

    /// <summary>The slots that have two copies in one zone now, or while they move as they do.</summary>
    public required int CrowdedNow { get; init; }

    /// <summary>The slots that will have two copies in one zone in the end.</summary>
    public required int CrowdedThen { get; init; }

    /// <summary>
    /// What follows from <paramref name="next"/>. <paramref name="last"/>: the document before, for what was called off. <paramref name="slotBytes"/>: how many bytes one copy of each slot has, as far as is known; empty if it is not.
    /// </summary>
    /// <exception cref="ArgumentException">There are bytes, but not for 16384 slots.</exception>
    public static MovePlan Of(Topology last, Topology next, ReadOnlySpan<long> slotBytes = default)
    {
        if (slotBytes.Length is not (0 or Slot.Count))
        {
            throw new ArgumentException($"Bytes are those of {Slot.Count} slots, or of none.", nameof(slotBytes));
        }

        var placements = next.Placements;
        var nodes = next.Owners.Nodes;
        var members = new MemberPlan[nodes.Length];
        var zones = new string?[nodes.Length];
        for (var i = 0; i < members.Length; i++)
        {
            (members[i], zones[i]) = (new MemberPlan(nodes[i], 0, 0, 0, 0, 0, 0), next.Member(nodes[i])?.Zone);
        }

        int slots = 0, moved = 0, calledOff = 0, fewerThanN = 0, fewerThanW = 0, crowdedNow = 0, crowdedThen = 0;
        long bytes = 0;
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            ReadOnlySpan<ushort> from = placements.Heading(slot), to = placements.Wanted(slot);
            var size = slotBytes.IsEmpty ? 0 : slotBytes[slot];
            foreach (var owner in from)
            {
                var isLost = !to.Contains(owner);
                members[owner] = members[owner] with
                {
                    CopiesNow = members[owner].CopiesNow + 1,
                    Lost = members[owner].Lost + (isLost ? 1 : 0),
                    BytesLost = members[owner].BytesLost + (isLost ? size : 0),
                };
            }

            var gained = 0;
            foreach (var owner in to)
            {
                var isGained = !from.Contains(owner);
                gained += isGained ? 1 : 0;
                members[owner] = members[owner] with
                {
                    CopiesThen = members[owner].CopiesThen + 1,
                    Gained = members[owner].Gained + (isGained ? 1 : 0),
                    BytesGained = members[owner].BytesGained + (isGained ? size : 0),
                };
            }

            moved += gained;
            bytes += gained * size;
            slots += Placements.AreSame(from, to) ? 0 : 1;
            calledOff += last.Placements.Stages[slot] == MoveStage.ReadOld && placements.Stages[slot] == MoveStage.Settled ? 1 : 0;
            var (isFew, isTooFew) = Missing(next, slot);
            fewerThanN += isFew ? 1 : 0;
            fewerThanW += isTooFew ? 1 : 0;
            crowdedNow += IsCrowded(from, zones) ? 1 : 0;
            crowdedThen += IsCrowded(to, zones) ? 1 : 0;
        }

        return new MovePlan
        {
            Members = [.. members],
            Slots = slots,
            Moved = moved,
            LeastPossible = Least(next, members),
            Bytes = bytes,
            UnderWay = next.MovingCount,
            CalledOff = calledOff,
            FewerThanN = fewerThanN,
            FewerThanW = fewerThanW,
            CrowdedNow = crowdedNow,
            CrowdedThen = crowdedThen,
        };
    }

    private static int Least(Topology next, MemberPlan[] members)
    {
        Member[] present = [.. next.Members.ToArray().Where(member => member.Phase == MemberPhase.Present)];
        var now = members.ToDictionary(member => member.Id, member => member.CopiesNow);
        return present.Zip(Allocator.Shares(present, next.Quorums.Copies), (member, share) => Math.Max(0, share - now[member.Id])).Sum();
    }

    /// <summary>Whether a set of owners has somebody who was removed, and whether fewer than W are left.</summary>
    private static (bool IsFew, bool IsTooFew) Missing(Topology next, int slot)
    {
        var (isFew, isTooFew) = (false, false);
        Look(next.Owners.Owners(slot));
        Look(next.Gaining.Owners(slot));
        return (isFew, isTooFew);

        void Look(ReadOnlySpan<ushort> owners)
        {
            var left = 0;
            foreach (var owner in owners)
            {
                left += next.Member(next.Owners.Nodes[owner]) is null ? 0 : 1;
            }

            isFew |= left < owners.Length;
            isTooFew |= !owners.IsEmpty && left < next.Quorums.ForOwners(owners.Length).Writes;
        }
    }

    private static bool IsCrowded(ReadOnlySpan<ushort> owners, string?[] zones)
    {
        for (var i = 0; i < owners.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (zones[owners[i]] is { } zone && zone == zones[owners[j]])
                {
                    return true;
                }
            }
        }

        return false;
    }
}

/// <summary>What a plan means for one member.</summary>
/// <param name="Id">Who it is.</param>
/// <param name="CopiesNow">What it has, or is getting by moves under way.</param>
/// <param name="CopiesThen">What it will have in the end.</param>
/// <param name="Gained">The copies that are to be made there.</param>
/// <param name="Lost">The copies that it is to give away.</param>
/// <param name="BytesGained">The bytes of <paramref name="Gained"/>.</param>
/// <param name="BytesLost">The bytes of <paramref name="Lost"/>.</param>
public readonly record struct MemberPlan(NodeId Id, int CopiesNow, int CopiesThen, int Gained, int Lost, long BytesGained, long BytesLost);
