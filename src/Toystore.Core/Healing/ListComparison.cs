namespace Toystore.Core.Healing;

/// <summary>Two lists of the records of a leaf, one of them shortened: what is in only one of them.</summary>
internal static class ListComparison
{
    /// <summary>
    /// Which of <paramref name="theirs"/> are not here, and which of <paramref name="mine"/> are not there; adds those that both have to <paramref name="sum"/>, whole. Each of a list pairs with at most one of the other.
    /// </summary>
    public static LeafAnswer Compare(IReadOnlyList<uint> theirs, IReadOnlyList<ListedRecord> mine, ulong salt, ref ulong sum)
    {
        var left = Sorted(theirs);
        var right = Sorted(Shorten(mine, salt));
        var lacking = new List<ushort>();
        var others = new List<Headline>();
        int l = 0, r = 0;
        while (l < left.Length || r < right.Length)
        {
            var order = l == left.Length ? 1 : r == right.Length ? -1 : left[l].Hash.CompareTo(right[r].Hash);
            if (order < 0)
            {
                lacking.Add((ushort)left[l].Index);
            }
            else if (order > 0)
            {
                others.Add(new Headline(mine[right[r].Index].Key.Prefix, mine[right[r].Index].Highest));
            }
            else
            {
                sum ^= mine[right[r].Index].Versions.Value;
            }

            l += order <= 0 ? 1 : 0;
            r += order >= 0 ? 1 : 0;
        }

        lacking.Sort();
        return new LeafAnswer(lacking, others);
    }

    /// <summary>The hashes of a list as they go over the wire.</summary>
    public static uint[] Shorten(IReadOnlyList<ListedRecord> records, ulong salt)
    {
        var hashes = new uint[records.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = Scramble.Shorten(records[i].Versions.Value, salt, Scramble.WideBits);
        }

        return hashes;
    }

    private static (uint Hash, int Index)[] Sorted(IReadOnlyList<uint> hashes)
    {
        var sorted = new (uint Hash, int Index)[hashes.Count];
        for (var i = 0; i < sorted.Length; i++)
        {
            sorted[i] = (hashes[i], i);
        }

        Array.Sort(sorted);
        return sorted;
    }
}
