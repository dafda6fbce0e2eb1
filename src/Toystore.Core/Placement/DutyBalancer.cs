namespace Toystore.Core.Placement;

/// <summary>Moves the duty of being first: the first owner of a slot may step back behind any other owner, and the rest keep their order. The owners (slot after slot, as
/// many as there are copies) are reordered in place.</summary>
internal sealed class DutyBalancer(ushort[] owners, int copies, int[] loads, int[] targets) : Balancer(loads, targets, limits: targets)
{
    // Members that share slots with each other only have so many first places between them, whatever the shares say.
    protected override bool MustMeetLimits => false;

    protected override ReadOnlySpan<ushort> Givers(int slot) => owners.AsSpan(slot * copies, 1);

    protected override bool CanMove(int slot, int from, int to) => owners.AsSpan((slot * copies) + 1, copies - 1).Contains((ushort)to);

    protected override bool IsFresh(int slot, int from) => false;

    protected override bool MustGive(int from) => true;

    protected override void Write(int slot, int from, int to)
    {
        var row = owners.AsSpan(slot * copies, copies);
        var place = row.IndexOf((ushort)to);
        row[..place].CopyTo(row[1..]);
        row[0] = (ushort)to;
    }
}
