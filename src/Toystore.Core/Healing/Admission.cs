using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>What becomes of a container that another member sends, other than in an exchange.</summary>
public enum Admission : byte
{
    /// <summary>It is merged.</summary>
    Taken = 0,

    /// <summary>It brings a new write that is not above the mark. Its coordinator adopts the mark and mints again.</summary>
    TooLow = 1,

    /// <summary>It brings something old, and its sender cannot have read it since this member last reported. To be sent again, from what the sender then holds.</summary>
    Stale = 2,
}

/// <summary>
/// Who may bring what, once a mark is told (docs/decisions/0009, rules 5 and 9). A floor is proven by what members hold; a copy that is on a wire meanwhile, and whose holders have lost it, is not seen by any report. Taken after the
/// floor has passed it, its own write would be dropped as known and its context believed: what it says to be replaced would vanish with it.
/// </summary>
public static class Admissions
{
    /// <summary>
    /// Whether to take <paramref name="incoming"/>, where <paramref name="held"/> is what is held of the key under no other floor than its own. <paramref name="newest"/>: the dot of the write that it brings; default for a copy.
    /// <paramref name="isPresent"/>: it carries the receiver's present stamp.
    /// </summary>
    public static Admission Of(Container held, Container incoming, Dot newest, HybridTime mark, bool isPresent)
    {
        if (newest != default && newest.Time <= mark && !Knows(held, newest))
        {
            return Admission.TooLow;
        }

        if (!isPresent)
        {
            foreach (var sibling in incoming.Siblings)
            {
                if (sibling.Dot != newest && sibling.Dot.Time <= mark && !Knows(held, sibling.Dot))
                {
                    return Admission.Stale;
                }
            }
        }

        return Admission.Taken;
    }

    // That a dot is below the floor says nothing of whether this member has seen it.
    private static bool Knows(Container held, Dot dot)
    {
        foreach (var sibling in held.Siblings)
        {
            if (sibling.Dot == dot)
            {
                return true;
            }
        }

        return dot.Time > held.Context.Floor && held.Context.Covers(dot);
    }
}
