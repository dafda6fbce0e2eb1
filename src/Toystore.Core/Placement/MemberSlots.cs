namespace Toystore.Core.Placement;

/// <summary>For each member some slots, ascending: one array for all.</summary>
internal sealed class MemberSlots
{
    private readonly Slot[] _slots;
    private readonly int[] _starts;

    private MemberSlots(Slot[] slots, int[] starts) => (_slots, _starts) = (slots, starts);

    public ReadOnlySpan<Slot> this[int member] => _slots.AsSpan(_starts[member], _starts[member + 1] - _starts[member]);

    /// <summary>Collects them, slot after slot.</summary>
    internal sealed class Builder(int members)
    {
        private readonly int[] _counts = new int[members];
        private readonly List<(ushort Member, ushort Slot)> _added = [];

        /// <summary>Adds a slot to a member's; to nobody's, nothing.</summary>
        public void Add(ushort member, int slot)
        {
            if (member != StandInOrder.Nobody)
            {
                _counts[member]++;
                _added.Add((member, (ushort)slot));
            }
        }

        public MemberSlots Finish()
        {
            var starts = new int[_counts.Length + 1];
            for (var member = 0; member < _counts.Length; member++)
            {
                starts[member + 1] = starts[member] + _counts[member];
            }

            var (slots, next) = (new Slot[_added.Count], starts.ToArray());
            foreach (var (member, slot) in _added)
            {
                slots[next[member]++] = new Slot(slot);
            }

            return new MemberSlots(slots, starts);
        }
    }
}
