using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Node.Healing;

/// <summary>
/// Which keys have a damaged record here, and how far each is: lost, replaced by what says that something is missing, or about to be marked as whole since its slot is refilled. What was put in the place of a lost record may be lost as well,
/// and then its slot has to be refilled anew. For one thread at a time.
/// </summary>
internal sealed class DamagedKeys
{
    private const int Max = 1 << 16; // beyond, a record is not whole again before another process finds it

    private readonly Dictionary<Slot, Dictionary<Key, Damage>> _slots = [];
    private readonly HashSet<Key> _completing = [];
    private int _count;

    /// <summary>The slots that have some.</summary>
    public IEnumerable<Slot> Slots => _slots.Keys;

    /// <summary>True if the slot has some.</summary>
    public bool AnyIn(Slot slot) => _slots.ContainsKey(slot);

    /// <summary>The record of a key cannot be read. True if something is lost by that which was not lost before.</summary>
    public bool Lose(Key key)
    {
        if (Of(key) is not { } keys)
        {
            Add(key, Damage.Lost);
            return true;
        }

        if (keys[key] == Damage.Lost)
        {
            return false;
        }

        keys[key] = Damage.Lost;
        _completing.Remove(key);
        return true;
    }

    /// <summary>The record of a key says that it is not whole, or will. True if it was not known to be damaged.</summary>
    public bool NoteIncomplete(Key key)
    {
        if (Of(key) is not { } keys)
        {
            Add(key, Damage.Incomplete);
            return true;
        }

        keys[key] = Damage.Incomplete;
        return false;
    }

    /// <summary>A slot is refilled: those of its keys that may be marked as whole, unless they are lost again before.</summary>
    public IReadOnlyCollection<Key> BeginCompleting(Slot slot)
    {
        IReadOnlyCollection<Key> keys = _slots.TryGetValue(slot, out var damaged) ? damaged.Keys : [];
        _completing.UnionWith(keys);
        return keys;
    }

    /// <summary>True if a key may be marked as whole.</summary>
    public bool IsCompleting(Key key) => _completing.Contains(key);

    /// <summary>These are marked as whole, on the disk. Those of the refilled slots that are not, stay.</summary>
    public void EndCompleting(IEnumerable<Key> whole, SlotSet refilled)
    {
        foreach (var key in whole.Where(_completing.Contains))
        {
            if (Of(key) is { } keys)
            {
                keys.Remove(key);
                _count--;
                if (keys.Count == 0)
                {
                    _slots.Remove(Slot.Of(key));
                }
            }
        }

        _completing.RemoveWhere(key => refilled.Contains(Slot.Of(key)));
    }

    private Dictionary<Key, Damage>? Of(Key key) => _slots.TryGetValue(Slot.Of(key), out var keys) && keys.ContainsKey(key) ? keys : null;

    private void Add(Key key, Damage damage)
    {
        if (_count == Max)
        {
            return;
        }

        if (!_slots.TryGetValue(Slot.Of(key), out var keys))
        {
            _slots.Add(Slot.Of(key), keys = []);
        }

        keys.Add(key, damage);
        _count++;
    }

    private enum Damage : byte
    {
        /// <summary>It cannot be read.</summary>
        Lost,

        /// <summary>Something is in its place, or on its way there, that says that it is not whole.</summary>
        Incomplete,
    }
}
