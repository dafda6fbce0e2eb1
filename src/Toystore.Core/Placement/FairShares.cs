namespace Toystore.Core.Placement;

/// <summary>
/// How many copies each member should hold: by weight, but at most one of each slot, and within what its zone may hold. What one cannot take the others share by weight, as water poured into vessels
/// stands at one level in all that are not full. The level is a fixed-point number (32 bits after the point) found by bisection: no floating point, so the same on every platform.
/// <example>
/// Weights 4, 1, 1, 1 and 3 copies of 16384 slots: a share of 4/7 of 49152 would be 28087, but there are only 16384 slots; the other 32768 copies are shared by three: 10923, 10923, 10922.
/// </example>
/// </summary>
internal static class FairShares
{
    private const int PointBits = 32;

    /// <summary>The shares of all members; they add up to <paramref name="copies"/> x 16384. A share that is not whole is rounded up for those who hold more already (<paramref name="current"/>), so that
    /// rounding moves nothing.</summary>
    public static int[] Of(int[] weights, ZoneMap zones, int copies, int[] current)
    {
        var byZone = Enumerable.Range(0, weights.Length).GroupBy(zones.Of).OrderBy(zone => zone.Key).Select(zone => zone.ToArray()).ToArray();
        var level = Level((long)copies * Slot.Count, at => byZone.Sum(zone => Limit(zone, at)));
        var zoneTotals = Round([.. byZone.Select(zone => Limit(zone, level))], copies * Slot.Count, [.. byZone.Select(zone => zone.Sum(m => current[m]))]);

        var shares = new int[weights.Length];
        foreach (var zone in byZone)
        {
            var total = zoneTotals[zones.Of(zone[0])];
            var zoneLevel = Level(total, at => zone.Sum(m => Poured(m, at)));
            var rounded = Round([.. zone.Select(m => Poured(m, zoneLevel))], total, [.. zone.Select(m => current[m])]);
            for (var i = 0; i < zone.Length; i++)
            {
                shares[zone[i]] = rounded[i];
            }
        }

        return shares;

        long Poured(int member, long at) => Math.Min((long)Slot.Count << PointBits, at * weights[member]);

        long Limit(int[] zone, long at)
        {
            var z = zones.Of(zone[0]);
            return Math.Clamp(zone.Sum(m => Poured(m, at)), (long)zones.Fewest[z] * Slot.Count << PointBits, (long)zones.Most[z] * Slot.Count << PointBits);
        }
    }

    /// <summary>How often each member should be the first owner: as its part of all copies. <paramref name="current"/>: how often each is now.</summary>
    public static int[] OfDuty(int[] shares, int copies, int[] current) => Round([.. shares.Select(share => ((long)share << PointBits) / copies)], Slot.Count, current);

    /// <summary>The highest level at which no more than <paramref name="total"/> is poured.</summary>
    private static long Level(long total, Func<long, long> poured)
    {
        long low = 0, high = (long)Slot.Count << PointBits;
        while (low < high)
        {
            var middle = high - ((high - low) / 2);
            (low, high) = poured(middle) <= total << PointBits ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>Rounds fixed-point shares to whole ones with this total: up for who holds more already, then for the largest remainder, then for the first.</summary>
    private static int[] Round(long[] exact, int total, int[] current)
    {
        var shares = new int[exact.Length];
        var left = total;
        for (var i = 0; i < exact.Length; i++)
        {
            shares[i] = (int)(exact[i] >> PointBits);
            left -= shares[i];
        }

        var upwards = Enumerable.Range(0, exact.Length)
            .Where(i => Remainder(i) != 0)
            .OrderByDescending(i => current[i] > shares[i])
            .ThenByDescending(Remainder)
            .ThenBy(i => i)
            .ToArray();
        Invariant.Require(left >= 0 && left <= upwards.Length, "only shares that are not whole are rounded up");
        foreach (var i in upwards.AsSpan(0, left))
        {
            shares[i]++;
        }

        return shares;

        long Remainder(int i) => exact[i] & ((1L << PointBits) - 1);
    }
}
