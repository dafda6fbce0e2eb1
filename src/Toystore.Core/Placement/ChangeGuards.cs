namespace Toystore.Core.Placement;

/// <summary>What speaks against a change of the members, in sentences for the operator that say what can be done about it.</summary>
internal static class ChangeGuards
{
    /// <param name="last">The last document.</param>
    /// <param name="next">The members as they would be.</param>
    /// <param name="removed">Who would be given up.</param>
    /// <param name="consent">What the operator has said yes to.</param>
    public static IEnumerable<string> Of(Topology last, Member[] next, HashSet<NodeId> removed, ChangeConsent consent)
    {
        var problems = TopologyProblems.Of(last.ClusterId, next, last.Quorums, last.Policies.Rules.ToArray());
        if (problems.Count > 0)
        {
            return problems;
        }

        var (before, after) = (Present(last.Members.ToArray()), Present(next));
        return after.Length == 0
            ? ["That would leave nobody to own anything. A cluster ends when its nodes are stopped; nothing has to leave it for that."]
            : [.. TooFew(last, before, after), .. TooMany(last, removed), .. Crowded(last, before, after, removed, consent), .. Lost(last, removed, consent)];
    }

    private static Member[] Present(Member[] members) => [.. members.Where(member => member.Phase == MemberPhase.Present)];

    private static IEnumerable<string> TooFew(Topology last, Member[] before, Member[] after)
    {
        var wanted = last.Quorums.Copies;
        if (after.Length < wanted && after.Length < before.Length && before.Length >= wanted)
        {
            yield return FormattableString.Invariant($"That would leave {Counted(after.Length, "member")} for {wanted} copies of everything. Let another join, or replace one by another in the same change.");
        }
    }

    private static IEnumerable<string> TooMany(Topology last, HashSet<NodeId> removed)
    {
        var members = last.Members.Length;
        if (removed.Count * 2 > members)
        {
            yield return FormattableString.Invariant($"That would give up {removed.Count} of {members} members at once, a majority: more likely the rest is cut off from them.");
        }
    }

    /// <summary>Copies that share a zone although they need not now. Whoever is lost is lost; that is not weighed.</summary>
    private static IEnumerable<string> Crowded(Topology last, Member[] before, Member[] after, HashSet<NodeId> removed, ChangeConsent consent)
    {
        Member[] left = [.. before.Where(member => !removed.Contains(member.Id))];
        var copies = Math.Min(last.Quorums.Copies, after.Length);
        if (consent.HasFlag(ChangeConsent.CrowdedZones) || left.Length < copies)
        {
            yield break;
        }

        var (was, will) = (MostInOneZone(left, copies), MostInOneZone(after, copies));
        if (will > was)
        {
            yield return FormattableString.Invariant(
                $"Up to {will} of {copies} copies of a slot would be in one zone, where now it is {was}: {Counted(Zones(after), "zone")} would be left of {Zones(left)}. Let a member join in another zone first, or say that zones may be crowded.");
        }
    }

    private static int MostInOneZone(Member[] members, int copies) => ZoneMap.Create([.. members.OrderBy(member => member.Id)], copies).Most.Max();

    private static int Zones(Member[] members) => members.Select(member => member.Zone).Distinct(StringComparer.Ordinal).Count();

    /// <summary>Of each set of owners that names one who is removed, enough others must be left to have every acknowledged write, and to stop every read by those who have not heard (docs/decisions/0011, rule 25).</summary>
    private static IEnumerable<string> Lost(Topology last, HashSet<NodeId> removed, ChangeConsent consent)
    {
        if (removed.Count == 0)
        {
            yield break;
        }

        var placements = last.Placements;
        var nodes = last.Owners.Nodes.ToArray();
        var isGone = new bool[nodes.Length];
        var isRemoved = new bool[nodes.Length];
        for (var i = 0; i < isGone.Length; i++)
        {
            isRemoved[i] = removed.Contains(nodes[i]);
            isGone[i] = isRemoved[i] || last.Member(nodes[i]) is null;
        }

        int alone = 0, uncovered = 0, unfenced = 0;
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            var (isAlone, isUncovered, isUnfenced) = (false, false, false);
            Look(placements.Owners.Owners(slot));

            // A move in stage 1 to who is removed is called off, and then nothing was promised by those whom it would have gone to.
            Look(placements.Stages[slot] == MoveStage.ReadNew ? placements.Gaining.Owners(slot) : []);
            alone += isAlone ? 1 : 0;
            uncovered += isUncovered ? 1 : 0;
            unfenced += isUnfenced ? 1 : 0;

            void Look(ReadOnlySpan<ushort> owners)
            {
                int left = 0, lost = 0;
                foreach (var owner in owners)
                {
                    left += isGone[owner] ? 0 : 1;
                    lost += isRemoved[owner] ? 1 : 0;
                }

                if (lost > 0)
                {
                    var quorums = last.Quorums.ForOwners(owners.Length);
                    isAlone |= left == 0;
                    isUncovered |= left < quorums.Covering && !consent.HasFlag(ChangeConsent.LostWrites);
                    isUnfenced |= left < quorums.Fencing && !consent.HasFlag(ChangeConsent.StoppedForGood);
                }
            }
        }

        if (alone > 0)
        {
            yield return FormattableString.Invariant($"Nobody else has {Counted(alone, "slot")} of theirs. Start one of them again, if only for long enough that others get its copies.");
        }
        else if (uncovered > 0)
        {
            yield return FormattableString.Invariant(
                $"Too few others have {Counted(uncovered, "slot")} of theirs: acknowledged writes could be lost. Wait until earlier losses are made up for, or say that writes may be lost.");
        }
        else if (unfenced > 0)
        {
            yield return FormattableString.Invariant(
                $"Of {Counted(unfenced, "slot")}, those removed could go on answering reads for whoever has not heard of it. Make sure that they run no more, and say so.");
        }
    }

    private static string Counted(int count, string what) => FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")}");
}
