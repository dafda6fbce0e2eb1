namespace Toystore.Core.Placement;

/// <summary>Moves copies: any owner of a slot may give its copy to a member that has none there, as long as the slot's copies stay spread over the zones. The owners
/// (slot after slot, as many as there are copies) are rewritten in place, so that the others keep their position.</summary>
internal sealed class CopyBalancer(ushort[] owners, int copies, ZoneMap zones, Draft draft, int[] targets, int[] limits)
    : Balancer(draft.Loads, targets, limits)
{
    private readonly int[] _kept = draft.CountKept();

    protected override bool MustMeetLimits => true;

    protected override ReadOnlySpan<ushort> Givers(int slot) => Owners(slot);

    protected override bool CanMove(int slot, int from, int to) => CanReplace(Owners(slot), from, to, zones);

    protected override bool IsFresh(int slot, int from) => !draft.Holds(slot, from);

    protected override bool MustGive(int from) => _kept[from] > TargetOf(from);

    protected override void Write(int slot, int from, int to)
    {
        _kept[from] -= draft.Holds(slot, from) ? 1 : 0;
        _kept[to] += draft.Holds(slot, to) ? 1 : 0;
        var row = Owners(slot);
        row[row.IndexOf((ushort)from)] = (ushort)to;
    }

    /// <summary>True if, in a row of owners, <paramref name="from"/> can make way for <paramref name="to"/>.</summary>
    public static bool CanReplace(ReadOnlySpan<ushort> row, int from, int to, ZoneMap zones)
    {
        if (row.Contains((ushort)to))
        {
            return false;
        }

        int left = zones.Of(from), entered = zones.Of(to);
        if (left == entered)
        {
            return true;
        }

        int inLeft = 0, inEntered = 0;
        foreach (var owner in row)
        {
            var zone = zones.Of(owner);
            inLeft += zone == left ? 1 : 0;
            inEntered += zone == entered ? 1 : 0;
        }

        return inLeft > zones.Fewest[left] && inEntered < zones.Most[entered];
    }

    private Span<ushort> Owners(int slot) => owners.AsSpan(slot * copies, copies);
}
