using System.Collections;

namespace Toystore.Core.Placement;

/// <summary>The members that do not own a slot, in the order in which they stand in for its owners. Enumerating it with <c>foreach</c> allocates nothing.</summary>
public readonly struct StandIns : IEnumerable<NodeId>
{
    private readonly Ring _ring;
    private readonly Slot _slot;

    internal StandIns(Ring ring, Slot slot) => (_ring, _slot) = (ring, slot);

    /// <summary>From the first to the last.</summary>
    public Enumerator GetEnumerator() => new(_ring, _slot);

    IEnumerator<NodeId> IEnumerable<NodeId>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Walks through them.</summary>
    public struct Enumerator : IEnumerator<NodeId>
    {
        private readonly Ring _ring;
        private readonly Slot _slot;
        private int _round;
        private int _turn;

        internal Enumerator(Ring ring, Slot slot) => (_ring, _slot, _round, _turn) = (ring, slot, 0, -1);

        /// <inheritdoc/>
        public NodeId Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        /// <inheritdoc/>
        public bool MoveNext()
        {
            var order = _ring.StandIns;
            var owners = _ring.OwnerIndexes(_slot);
            while (_round < order.RoundsMax)
            {
                _turn++;
                if (_turn == order.ZoneCount)
                {
                    _turn = -1;
                    _round++;
                    continue;
                }

                var member = order.At(_slot, owners, _round, _turn);
                if (member >= 0)
                {
                    Current = _ring.Topology.Members[member].Id;
                    return true;
                }
            }

            Current = default;
            return false;
        }

        /// <inheritdoc/>
        public void Reset() => this = new Enumerator(_ring, _slot);

        /// <inheritdoc/>
        public readonly void Dispose()
        {
        }
    }
}
