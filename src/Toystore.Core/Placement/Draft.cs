namespace Toystore.Core.Placement;

/// <summary>
/// What stays of a record of owners under a new list of members: each owner that is still a member stays in its place, unless its slot has too many copies, or too many in one zone, now. The vacant places go to
/// those furthest below their share.
/// </summary>
internal sealed class Draft
{
    private const ushort Vacant = ushort.MaxValue;

    private readonly ushort[] _places;
    private readonly int _width;
    private readonly int _copies;
    private readonly ZoneMap _zones;
    private readonly int[] _inZone;

    private Draft(ushort[] places, int width, int copies, ZoneMap zones, int[] loads)
    {
        (_places, _width, _copies, _zones, Loads) = (places, width, copies, zones, loads);
        _inZone = new int[zones.Count];
    }

    /// <summary>How many copies each member holds.</summary>
    public int[] Loads { get; }

    /// <param name="previous">The record.</param>
    /// <param name="ids">The members, ascending; owners become indexes into this.</param>
    /// <param name="copies">Per slot, at most as many as there are members.</param>
    /// <param name="zones">Of the members.</param>
    public static Draft From(OwnerTable previous, NodeId[] ids, int copies, ZoneMap zones)
    {
        var indexes = Array.ConvertAll(previous.Nodes.ToArray(), id => Array.BinarySearch(ids, id));
        var width = Math.Max(copies, Enumerable.Range(0, Slot.Count).Max(slot => previous.Owners(slot).Length));
        var places = new ushort[Slot.Count * width];
        places.AsSpan().Fill(Vacant);
        var loads = new int[ids.Length];
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            var owners = previous.Owners(slot);
            for (var i = 0; i < owners.Length; i++)
            {
                if (indexes[owners[i]] >= 0)
                {
                    places[(slot * width) + i] = (ushort)indexes[owners[i]];
                    loads[indexes[owners[i]]]++;
                }
            }
        }

        return new Draft(places, width, copies, zones, loads);
    }

    /// <summary>Gives every slot its number of owners, well spread over the zones. Loads come close to <paramref name="shares"/> and are kept up to date.</summary>
    /// <returns>The owners, slot after slot.</returns>
    public ushort[] Complete(int[] shares, ReadOnlySpan<ushort> order)
    {
        foreach (var slot in order)
        {
            Trim(Places(slot), shares);
        }

        var owners = new ushort[Slot.Count * _copies];
        foreach (var slot in order)
        {
            var row = owners.AsSpan(slot * _copies, _copies);
            Narrow(Places(slot), row);
            Fill(row, shares, slot);
        }

        return owners;
    }

    /// <summary>True if the record had <paramref name="member"/> among the owners of the slot.</summary>
    public bool Holds(int slot, int member) => Places(slot).Contains((ushort)member);

    /// <summary>How many copies each member has kept of those it had.</summary>
    public int[] CountKept()
    {
        var kept = new int[Loads.Length];
        foreach (var place in _places)
        {
            if (place != Vacant)
            {
                kept[place]++;
            }
        }

        return kept;
    }

    private Span<ushort> Places(int slot) => _places.AsSpan(slot * _width, _width);

    private void Trim(Span<ushort> places, int[] shares)
    {
        while (true)
        {
            var owners = CountZones(places);
            var isCrowded = false;
            foreach (var place in places)
            {
                isCrowded |= place != Vacant && _inZone[_zones.Of(place)] > _zones.Most[_zones.Of(place)];
            }

            if (!isCrowded && owners + Missing() <= _copies)
            {
                return;
            }

            var limits = isCrowded ? _zones.Most : _zones.Fewest;
            var worst = -1;
            for (var i = 0; i < places.Length; i++)
            {
                if (places[i] != Vacant
                    && _inZone[_zones.Of(places[i])] > limits[_zones.Of(places[i])]
                    && (worst < 0 || Above(places[i]) > Above(places[worst])))
                {
                    worst = i;
                }
            }

            Invariant.Require(worst >= 0, "a slot with too many copies has one that may go");
            Loads[places[worst]]--;
            places[worst] = Vacant;
        }

        int Above(int member) => Loads[member] - shares[member];
    }

    /// <summary>Owners keep their places as far as there are still as many; vacant places give way first, from the end.</summary>
    private static void Narrow(ReadOnlySpan<ushort> places, Span<ushort> row)
    {
        var toDrop = places.Length - row.Length;
        var next = row.Length - 1;
        for (var i = places.Length - 1; i >= 0; i--)
        {
            if (places[i] == Vacant && toDrop > 0)
            {
                toDrop--;
            }
            else
            {
                row[next--] = places[i];
            }
        }
    }

    // Where several are equally far below their share, another one first in each slot: were it always the lowest, a crowd of equal newcomers would be dealt out in the same groups again and again, and each share its slots with two others only.
    private void Fill(Span<ushort> row, int[] shares, int slot)
    {
        for (var place = row.IndexOf(Vacant); place >= 0; place = row.IndexOf(Vacant))
        {
            var limits = CountZones(row) + Missing() == _copies ? _zones.Fewest : _zones.Most;
            var best = -1;
            var first = SplitMix.Scale(SplitMix.Mix((ulong)((slot * row.Length) + place)), shares.Length);
            for (var i = 0; i < shares.Length; i++)
            {
                var m = first + i < shares.Length ? first + i : first + i - shares.Length;
                if ((best < 0 || Loads[m] - shares[m] < Loads[best] - shares[best])
                    && _inZone[_zones.Of(m)] < limits[_zones.Of(m)]
                    && !row.Contains((ushort)m))
                {
                    best = m;
                }
            }

            Invariant.Require(best >= 0, "a slot with too few copies has a member for one more");
            row[place] = (ushort)best;
            Loads[best]++;
        }
    }

    /// <summary>Counts the copies in each zone; returns how many there are.</summary>
    private int CountZones(ReadOnlySpan<ushort> places)
    {
        Array.Clear(_inZone);
        var owners = 0;
        foreach (var place in places)
        {
            if (place != Vacant)
            {
                owners++;
                _inZone[_zones.Of(place)]++;
            }
        }

        return owners;
    }

    /// <summary>How many copies the counted zones lack of their fewest.</summary>
    private int Missing()
    {
        var missing = 0;
        for (var zone = 0; zone < _inZone.Length; zone++)
        {
            missing += Math.Max(0, _zones.Fewest[zone] - _inZone[zone]);
        }

        return missing;
    }
}
