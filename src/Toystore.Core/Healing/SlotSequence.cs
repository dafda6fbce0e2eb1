using System.Collections;
using System.Numerics;
using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>Slots in ascending order, given as bits. Those that are there when somebody goes through them.</summary>
/// <param name="words">Which they are, 64 a word.</param>
/// <param name="first">What the lowest bit of the first word stands for.</param>
public readonly struct SlotSequence(ulong[] words, Slot first) : IEnumerable<Slot>
{
    /// <summary>Goes through them.</summary>
    public Enumerator GetEnumerator() => new(words, first);

    IEnumerator<Slot> IEnumerable<Slot>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Where somebody is who goes through slots.</summary>
    public struct Enumerator : IEnumerator<Slot>
    {
        private readonly ulong[] _words;
        private readonly int _first;
        private int _at;
        private ulong _left;

        internal Enumerator(ulong[] words, Slot first)
        {
            (_words, _first, _at) = (words, first.Index, -1);
        }

        /// <summary>The slot of now.</summary>
        public Slot Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        /// <summary>On to the next one; false if there is none.</summary>
        public bool MoveNext()
        {
            while (_left == 0)
            {
                if (++_at >= _words.Length)
                {
                    return false;
                }

                _left = _words[_at];
            }

            Current = new Slot((ushort)(_first + (_at * 64) + BitOperations.TrailingZeroCount(_left)));
            _left &= _left - 1;
            return true;
        }

        /// <summary>Back to before the first.</summary>
        public void Reset() => (_at, _left) = (-1, 0);

        /// <summary>Nothing is held.</summary>
        public readonly void Dispose()
        {
        }
    }
}
