using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>A clock reading for each slot; 0 where there is none. 128 KiB. Not thread-safe while it changes.</summary>
public sealed class SlotReadings
{
    private readonly ulong[] _readings = new ulong[Slot.Count];

    /// <summary>That of a slot.</summary>
    public HybridTime this[Slot slot]
    {
        get => new(_readings[slot.Index]);
        set => _readings[slot.Index] = value.Value;
    }

    /// <summary>Raises that of a slot; false if it is as high already.</summary>
    public bool Raise(Slot slot, HybridTime reading)
    {
        var isHigher = reading.Value > _readings[slot.Index];
        _readings[slot.Index] = isHigher ? reading.Value : _readings[slot.Index];
        return isHigher;
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear() => Array.Clear(_readings);
}
