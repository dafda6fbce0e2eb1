namespace Toystore.Core.Placement;

/// <summary>
/// Who stands in for the owners of a slot, in which order: all other members, a different order for every slot, so that the load of a lost member falls on all the others.
/// <para>
/// Nothing is stored per slot. Each zone is a circle of a prime number of places, at least as many as it has members; a slot walks around it from a start drawn by weight, in steps of a length drawn from
/// the slot - as the number is prime, that visits every place once. Zones take turns, from one drawn by weight, and a zone with k owners of the slot joins k rounds later: so the first to
/// stand in comes from a zone that has no copy yet, if there is one. Places without a member, and owners, are passed over.
/// </para>
/// </summary>
internal sealed class StandInOrder
{
    /// <summary>The index of an owner that is no member.</summary>
    public const ushort Nobody = ushort.MaxValue;

    private readonly Zone[] _zones;
    private readonly int[] _zoneOf;
    private readonly long[] _zoneWeights;

    public StandInOrder(ReadOnlySpan<Member> members)
    {
        var map = ZoneMap.Create(members, copies: 1);
        _zoneOf = map.OfMembers.ToArray();
        var ofZones = Enumerable.Range(0, map.Count).Select(_ => new List<int>()).ToArray();
        for (var m = 0; m < members.Length; m++)
        {
            ofZones[_zoneOf[m]].Add(m);
        }

        _zones = new Zone[map.Count];
        _zoneWeights = new long[map.Count];
        for (var z = 0; z < _zones.Length; z++)
        {
            var inZone = ofZones[z];
            var weights = new long[inZone.Count];
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = members[inZone[i]].Weight + (i == 0 ? 0 : weights[i - 1]);
            }

            _zones[z] = new Zone([.. inZone], weights, PrimeFrom(inZone.Count));
            _zoneWeights[z] = weights[^1] + (z == 0 ? 0 : _zoneWeights[z - 1]);
        }

        RoundsMax = _zones.Max(zone => zone.Places) + Quorums.CopiesMax;
    }

    public int ZoneCount => _zones.Length;

    /// <summary>After so many rounds every member has had its turn.</summary>
    public int RoundsMax { get; }

    /// <summary>Whose turn it is, as an index into the members; -1 if nobody's.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="owners">Its owners, as indexes into the members, or <see cref="Nobody"/>.</param>
    /// <param name="round">0 .. <see cref="RoundsMax"/> - 1.</param>
    /// <param name="turn">In the round, 0 .. <see cref="ZoneCount"/> - 1.</param>
    public int At(Slot slot, ReadOnlySpan<ushort> owners, int round, int turn)
    {
        var seed = SplitMix.Mix(slot.Index + 0x9e3779b97f4a7c15);
        var z = (Draw(_zoneWeights, seed) + turn) % _zones.Length;
        var ownersInZone = 0;
        foreach (var owner in owners)
        {
            ownersInZone += owner != Nobody && _zoneOf[owner] == z ? 1 : 0;
        }

        var zone = _zones[z];
        var step = round - ownersInZone;
        if (step < 0 || step >= zone.Places)
        {
            return -1;
        }

        var start = SplitMix.Mix(seed + (ulong)z + 1);
        var stride = 1 + SplitMix.Scale(SplitMix.Mix(start), zone.Places - 1);
        var place = (int)((Draw(zone.CumulatedWeights, start) + ((long)step * stride)) % zone.Places);
        return place < zone.Members.Length && !owners.Contains((ushort)zone.Members[place]) ? zone.Members[place] : -1;
    }

    /// <summary>Picks one in proportion to its weight; <paramref name="cumulated"/> ends with the sum of all.</summary>
    private static int Draw(long[] cumulated, ulong bits)
    {
        var drawn = SplitMix.Scale(bits, (int)cumulated[^1]);
        var found = Array.BinarySearch(cumulated, drawn + 1L);
        return found >= 0 ? found : ~found;
    }

    private static int PrimeFrom(int atLeast)
    {
        var candidate = Math.Max(2, atLeast);
        while (!IsPrime(candidate))
        {
            candidate++;
        }

        return candidate;
    }

    private static bool IsPrime(int number)
    {
        for (var divisor = 2; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Zone(int[] Members, long[] CumulatedWeights, int Places);
}
