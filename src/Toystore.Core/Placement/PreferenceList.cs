using System.Collections;

namespace Toystore.Core.Placement;

/// <summary>
/// All members for one slot, in order (Dynamo §4.3): first its owners (while it moves those of any stage, the readable ones before the others; one who was removed may be among them), then those who stand in for them, in an order of the slot's own that spreads over zones and, by weight, over members. The same on
/// every node with the same topology. Enumerating it with <c>foreach</c> allocates nothing.
/// </summary>
public readonly struct PreferenceList : IEnumerable<NodeId>
{
    private readonly Ring _ring;
    private readonly Slot _slot;

    internal PreferenceList(Ring ring, Slot slot) => (_ring, _slot) = (ring, slot);

    /// <summary>The owners in any stage (<see cref="Ring.AllOwners"/>): the front of the list.</summary>
    public ReadOnlySpan<NodeId> Owners => _ring.AllOwners(_slot);

    /// <summary>The members after the owners, in order: who owns it in no stage.</summary>
    public StandIns StandIns => new(_ring, _slot);

    /// <summary>From the first owner to the last stand-in.</summary>
    public Enumerator GetEnumerator() => new(_ring, _slot);

    IEnumerator<NodeId> IEnumerable<NodeId>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Walks through the list.</summary>
    public struct Enumerator : IEnumerator<NodeId>
    {
        private readonly Ring _ring;
        private readonly Slot _slot;
        private int _owner;
        private StandIns.Enumerator _standIns;

        internal Enumerator(Ring ring, Slot slot) => (_ring, _slot, _owner, _standIns) = (ring, slot, -1, new StandIns.Enumerator(ring, slot));

        /// <inheritdoc/>
        public NodeId Current { get; private set; }

        /// <summary>True while at an owner.</summary>
        public readonly bool IsOwner => _owner >= 0 && _owner < _ring.AllOwners(_slot).Length;

        readonly object IEnumerator.Current => Current;

        /// <inheritdoc/>
        public bool MoveNext()
        {
            var owners = _ring.AllOwners(_slot);
            _owner = Math.Min(_owner + 1, owners.Length);
            if (_owner < owners.Length)
            {
                Current = owners[_owner];
                return true;
            }

            var isThere = _standIns.MoveNext();
            Current = _standIns.Current;
            return isThere;
        }

        /// <inheritdoc/>
        public void Reset() => this = new Enumerator(_ring, _slot);

        /// <inheritdoc/>
        public readonly void Dispose()
        {
        }
    }
}
