using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>A verdict on each slot: <see cref="SlotVerdict.Unfinished"/> before another is given. Kept as sets, since most slots share one.</summary>
internal sealed class SlotVerdicts
{
    private readonly SlotSet[] _sets = [SlotSet.All(), new(), new(), new(), new()]; // by verdict

    /// <summary>That on a slot.</summary>
    public SlotVerdict Of(Slot slot) => (SlotVerdict)Array.FindIndex(_sets, set => set.Contains(slot));

    /// <summary>Whatever was said of some slots of a row, it is this now.</summary>
    public void Set(int row, UInt128 slots, SlotVerdict verdict)
    {
        foreach (var set in _sets)
        {
            set[row] &= ~slots;
        }

        _sets[(int)verdict][row] |= slots;
    }

    /// <summary>All slots with a verdict.</summary>
    public SlotSet All(SlotVerdict verdict) => _sets[(int)verdict].Copy();
}
