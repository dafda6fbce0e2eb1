using System.Numerics;
using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>
/// Of which slots an owner may have lost something, and how far others have made up for it (docs/decisions/0009, rule 17). It knows a slot again once it has merged from N - W + 1 others that know, as one of them holds whatever was
/// acknowledged; or from all others, whatever they know, as nobody has more.
/// </summary>
public sealed class Refilling
{
    private readonly Ring _ring;
    private readonly NodeId _self;
    private readonly ushort[] _knowing = new ushort[Slot.Count];
    private readonly ushort[] _any = new ushort[Slot.Count];
    private readonly Dictionary<NodeId, SlotSet> _useless = []; // of each other: what it does not own, and of what is lacking what was merged from it

    /// <summary>That of an owner that begins with <paramref name="lacking"/>.</summary>
    public Refilling(Ring ring, NodeId self, SlotSet lacking)
    {
        (_ring, _self, Lacking) = (ring, self, lacking);
    }

    /// <summary>The slots of which it does not know what it has lost.</summary>
    public SlotSet Lacking { get; }

    /// <summary>Something of a slot is lost, or may be: whatever was merged before does not count.</summary>
    public void Lose(Slot slot)
    {
        Lacking.Add(slot);
        Forget(slot);
    }

    /// <summary>Of these slots, those that an exchange with another owner could help to know again: it has not been merged yet.</summary>
    public SlotSet WantedFrom(NodeId other, SlotSet slots)
    {
        var wanted = slots.Copy();
        wanted.IntersectWith(Lacking);
        wanted.ExceptWith(UselessFrom(other));
        return wanted;
    }

    /// <summary>
    /// An exchange with another owner has settled a slot. <paramref name="knew"/>: that one had lost nothing when it began. <paramref name="hasStood"/>: its floor is what it was then; if it moved, something may have been purged before it
    /// was compared, and the exchange does not count. True if the slot is known again with this.
    /// </summary>
    public bool Merged(NodeId from, Slot slot, bool knew, bool hasStood)
    {
        var owners = _ring.Owners(slot);
        var position = owners.IndexOf(from);
        if (!Lacking.Contains(slot) || !hasStood || position < 0 || from == _self)
        {
            return false;
        }

        var bit = (ushort)(1 << position);
        _any[slot.Index] |= bit;
        UselessFrom(from).Add(slot);
        _knowing[slot.Index] |= knew ? bit : (ushort)0;
        var isKnown = BitOperations.PopCount(_knowing[slot.Index]) > owners.Length - _ring.QuorumsOf(slot).Writes || BitOperations.PopCount(_any[slot.Index]) == owners.Length - 1;
        if (isKnown)
        {
            Lacking.Remove(slot);
            Forget(slot);
        }

        return isKnown;
    }

    private void Forget(Slot slot)
    {
        (_knowing[slot.Index], _any[slot.Index]) = (0, 0);
        foreach (var (other, useless) in _useless)
        {
            if (_ring.IsOwner(slot, other))
            {
                useless.Remove(slot);
            }
        }
    }

    private SlotSet UselessFrom(NodeId other)
    {
        if (!_useless.TryGetValue(other, out var useless))
        {
            _useless.Add(other, useless = SlotSet.All());
            useless.ExceptWith(SlotSet.OwnedBy(_ring, other));
        }

        return useless;
    }
}
