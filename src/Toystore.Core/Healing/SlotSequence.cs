using System.Collections;
using System.Numerics;
using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>Slots in ascending order, given as bits: rows of 128, from the row <paramref name="first"/> on. Those that are there when somebody goes through them.</summary>
/// <param name="rows">Which of the slots of each row.</param>
/// <param name="first">The number of the first row.</param>
/// <param name="count">How many rows.</param>
public readonly struct SlotSequence(UInt128[] rows, int first, int count) : IEnumerable<Slot>
{
    /// <summary>Goes through them.</summary>
    public Enumerator GetEnumerator() => new(rows, first, count);

    IEnumerator<Slot> IEnumerable<Slot>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Where somebody is who goes through slots.</summary>
    public struct Enumerator : IEnumerator<Slot>
    {
        private readonly UInt128[] _rows;
        private readonly int _first;
        private readonly int _halves;
        private int _half;
        private ulong _left;

        internal Enumerator(UInt128[] rows, int first, int count)
        {
            (_rows, _first, _halves, _half) = (rows, first, 2 * count, -1);
        }

        /// <summary>The slot of now.</summary>
        public Slot Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        /// <summary>On to the next one; false if there is none.</summary>
        public bool MoveNext()
        {
            while (_left == 0)
            {
                if (++_half >= _halves)
                {
                    return false;
                }

                var row = _rows[_half / 2];
                _left = _half % 2 == 0 ? (ulong)row : (ulong)(row >> 64);
            }

            Current = new Slot((ushort)((_first * SlotSet.RowLength) + (_half * 64) + BitOperations.TrailingZeroCount(_left)));
            _left &= _left - 1;
            return true;
        }

        /// <summary>Back to before the first.</summary>
        public void Reset() => (_half, _left) = (-1, 0);

        /// <summary>Nothing is held.</summary>
        public readonly void Dispose()
        {
        }
    }
}
