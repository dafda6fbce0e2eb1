namespace Toystore.Core.Placement;

/// <summary>
/// Decides which members own which slots.
/// <para>
/// The problem. Each of 16384 slots wants N copies on N different members, in N different zones if there are as many; each member wants its fair share by weight; and when a member comes or goes, as little
/// data as possible should travel. Every node must be able to check the answer, so it must come out the same everywhere.
/// </para>
/// <para>
/// The choice. Owners are not computed from a hash at every look-up; they are <em>recorded</em> in the topology document, and this computes the next record from the last. Shares first
/// (<see cref="FairShares"/>): they fix how many copies each member will hold, to within one. Then
/// </para>
/// <list type="number">
/// <item>with no record, lay the members' shares end to end, zone by zone, and wrap that line N times around the slots (McNaughton's rule, 1959). No share is longer than one turn, so no slot meets a member twice,
/// and no zone more often than it may. Then exchange owners between slots at random - a fixed random - many times, each exchange keeping all of this true, so that the copies of a lost member's slots
/// are found on all others rather than on its two neighbours;</item>
/// <item>with a record, keep every owner that is still a member, fill what is vacant with those who are furthest below their share, and then move single copies from above to below (<see cref="Balancer"/>),
/// to within 1 %;</item>
/// <item>at last share out the duty of being first, again by moving as little as possible (<see cref="DutyBalancer"/>).</item>
/// </list>
/// <para>
/// An example with 4 slots, N = 2, and members a, b, c of weight 1. Shares 3, 3, 2: the line a a a b | b b c c wraps to the slots ab, ab, ac, bc. Now d comes: all shares are 2, so a and b give one
/// copy each, and two of eight copies travel: db, ad, ac, bc. Then c goes: shares 3, 3, 2, its two copies pass to those below their share, nothing else moves: db, ad, ab, ba.
/// </para>
/// <para>
/// Rejected (docs/decisions/0001-recorded-placement.md has the figures): a ring of random tokens, whose fullest member of 99 still holds 1.19 x the mean with 64 tokens each; rendezvous hashing, 1.09 x with
/// 16384 slots, which no hash can better, since it is the noise of so many draws; rendezvous hashing with bounded loads, level but moving 1.6 to 3.4 times too much. Rendezvous
/// weights need logarithms besides, which are not the same to the last bit on every platform.
/// </para>
/// </summary>
public static class Allocator
{
    // A chain of moves costs more than it evens out, so 1 % above the share is let be. With four unequal zones one run of 120 joins and leaves then moves 1.03 x the least possible instead of 1.09 x.
    private const int SlackDivisor = 100;
    private const int MixingRounds = 8;

    /// <summary>
    /// The owners of all slots. Deterministic: integers only, and neither the order of <paramref name="members"/> nor of any dictionary matters. About 10 ms for 100 members.
    /// </summary>
    /// <param name="members">1 to 4096, with different ids and weights of at least 1.</param>
    /// <param name="copies">N, 1 to 16. With fewer members every slot is owned by all of them.</param>
    /// <param name="previous">Who owns what now: moved from as little as possible. Null to found a cluster.</param>
    /// <returns>A founded cluster holds exactly the <see cref="Shares"/>, a changed one at most 1 % more, or one copy where 1 % is less than that.</returns>
    /// <exception cref="ArgumentException">No such members or copies.</exception>
    public static OwnerTable Allocate(IReadOnlyCollection<Member> members, int copies, OwnerTable? previous = null)
    {
        var sorted = Sorted(members, copies);
        copies = Math.Min(copies, sorted.Length);
        var zones = ZoneMap.Create(sorted, copies);
        var weights = Array.ConvertAll(sorted, member => member.Weight);
        var ids = Array.ConvertAll(sorted, member => member.Id);

        // Another order at each change: were it always the same, the newest members would meet in the slots that come first.
        var random = new SplitMix(ids.Aggregate(0UL, (seed, id) => SplitMix.Mix(seed ^ id.Value)));
        var order = new ushort[Slot.Count];
        for (var slot = 0; slot < order.Length; slot++)
        {
            order[slot] = (ushort)slot;
        }

        random.Shuffle<ushort>(order);

        var owners = previous is null
            ? Found(FairShares.Of(weights, zones, copies, new int[ids.Length]), copies, zones, ref random)
            : Rebalance(Draft.From(previous, ids, copies, zones), weights, copies, zones, order);
        ShareDuty(owners, copies, ids.Length, order);
        _ = OwnerTable.TryCreate(ids, Enumerable.Repeat((byte)copies, Slot.Count).ToArray(), owners, out var table);
        return table ?? throw new InvariantException("Every slot has different owners");
    }

    /// <summary>How many copies each member should hold, in the order of their ids: see <see cref="Allocate"/> for the parameters. What it allocates from nothing holds exactly this.</summary>
    /// <exception cref="ArgumentException">No such members or copies.</exception>
    public static IReadOnlyList<int> Shares(IReadOnlyCollection<Member> members, int copies)
    {
        var sorted = Sorted(members, copies);
        copies = Math.Min(copies, sorted.Length);
        return FairShares.Of(Array.ConvertAll(sorted, member => member.Weight), ZoneMap.Create(sorted, copies), copies, new int[sorted.Length]);
    }

    private static Member[] Sorted(IReadOnlyCollection<Member> members, int copies)
    {
        Member[] sorted = [.. members.OrderBy(member => member.Id)];
        if (sorted.Length is 0 or > Topology.MembersMax || copies is < 1 or > Quorums.CopiesMax)
        {
            throw new ArgumentException($"Needs 1 to {Topology.MembersMax} members and 1 to {Quorums.CopiesMax} copies, not {sorted.Length} and {copies}.", nameof(members));
        }

        for (var i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].Weight is < 1 or > Member.WeightMax || (i > 0 && sorted[i].Id == sorted[i - 1].Id))
            {
                throw new ArgumentException($"{sorted[i].Id} is there twice, or its weight of {sorted[i].Weight} is not 1 to {Member.WeightMax}.", nameof(members));
            }
        }

        return sorted;
    }

    private static ushort[] Found(int[] shares, int copies, ZoneMap zones, ref SplitMix random)
    {
        var owners = new ushort[Slot.Count * copies];
        var place = 0;
        foreach (var member in Enumerable.Range(0, shares.Length).OrderBy(zones.Of))
        {
            for (var i = 0; i < shares[member]; i++, place++)
            {
                owners[(place % Slot.Count * copies) + (place / Slot.Count)] = (ushort)member;
            }
        }

        for (var exchange = 0; exchange < MixingRounds * owners.Length; exchange++)
        {
            int left = random.Next(Slot.Count), right = random.Next(Slot.Count);
            Exchange(owners.AsSpan(left * copies, copies), random.Next(copies), owners.AsSpan(right * copies, copies), random.Next(copies), zones);
        }

        for (var slot = 0; slot < Slot.Count; slot++)
        {
            random.Shuffle(owners.AsSpan(slot * copies, copies));
        }

        return owners;
    }

    private static void Exchange(Span<ushort> left, int l, Span<ushort> right, int r, ZoneMap zones)
    {
        var (fromLeft, fromRight) = (left[l], right[r]);
        if (CopyBalancer.CanReplace(left, fromLeft, fromRight, zones) && CopyBalancer.CanReplace(right, fromRight, fromLeft, zones))
        {
            (left[l], right[r]) = (fromRight, fromLeft);
        }
    }

    private static ushort[] Rebalance(Draft draft, int[] weights, int copies, ZoneMap zones, ReadOnlySpan<ushort> order)
    {
        var shares = FairShares.Of(weights, zones, copies, draft.Loads);
        var owners = draft.Complete(shares, order);
        new CopyBalancer(owners, copies, zones, draft, shares, Array.ConvertAll(shares, share => share + (share / SlackDivisor))).Balance(order);
        return owners;
    }

    private static void ShareDuty(ushort[] owners, int copies, int members, ReadOnlySpan<ushort> order)
    {
        var held = new int[members];
        var first = new int[members];
        for (var i = 0; i < owners.Length; i++)
        {
            held[owners[i]]++;
            first[owners[i]] += i % copies == 0 ? 1 : 0;
        }

        new DutyBalancer(owners, copies, first, FairShares.OfDuty(held, copies, [.. first])).Balance(order);
    }
}
