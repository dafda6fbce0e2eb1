namespace Toystore.Core.Placement;

/// <summary>Since when slots are as they are, and with which document each ownership began. Both are numbers of documents. Immutable, without an object for each slot.</summary>
internal sealed class Tenures
{
    private readonly ulong[] _since;
    private readonly int[] _starts;
    private readonly ulong[] _begun;

    private Tenures(ulong[] since, int[] starts, ulong[] begun) => (_since, _starts, _begun) = (since, starts, begun);

    /// <summary>Of each slot, the document in which it last changed.</summary>
    public ReadOnlySpan<ulong> Since => _since;

    /// <summary>What <see cref="Begun"/> says of all slots, one after another.</summary>
    public ReadOnlySpan<ulong> AllBegun => _begun;

    /// <summary>For each owner of a slot, in order, and then for each gaining owner that is no owner yet, in order: the document with which it began to own the slot.</summary>
    public ReadOnlySpan<ulong> Begun(int slot) => _begun.AsSpan(_starts[slot], _starts[slot + 1] - _starts[slot]);

    /// <summary>How many owners each slot has in any stage.</summary>
    public static int[] CountHolders(OwnerTable owners, OwnerTable gaining)
    {
        var counts = new int[Slot.Count];
        for (var slot = 0; slot < counts.Length; slot++)
        {
            var present = owners.Owners(slot);
            counts[slot] = present.Length;
            foreach (var gainer in gaining.Owners(slot))
            {
                counts[slot] += present.Contains(gainer) ? 0 : 1;
            }
        }

        return counts;
    }

    /// <summary>Takes the arrays, without a copy. Null unless every slot and every one of its owners has a number, from 1 to <paramref name="newest"/>, and no ownership began after the slot last changed.</summary>
    public static Tenures? Create(int[] holders, ulong[] since, ulong[] begun, ulong newest)
    {
        var starts = new int[Slot.Count + 1];
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            starts[slot + 1] = starts[slot] + holders[slot];
            if (since[slot] is 0 || since[slot] > newest || starts[slot + 1] > begun.Length)
            {
                return null;
            }

            foreach (var number in begun.AsSpan(starts[slot], holders[slot]))
            {
                if (number is 0 || number > since[slot])
                {
                    return null;
                }
            }
        }

        return starts[Slot.Count] == begun.Length ? new Tenures(since, starts, begun) : null;
    }
}
