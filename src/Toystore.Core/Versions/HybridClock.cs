namespace Toystore.Core.Versions;

/// <summary>
/// Mints the dots of one actor: a hybrid logical clock whose readings are never given out twice, not even across a crash.
/// </summary>
/// <remarks>
/// <para>
/// The host keeps a <em>lease</em> on disk, a reading that none minted so far has reached. Readings are minted only below it; the host extends it ahead of need (<see cref="LeaseWanted"/>) and, after a clean
/// stop, begins above it. After any other stop the actor is a new one, so the lease protects what a clean stop promises, and the moment between the two.
/// </para>
/// <para>
/// The clock adopts what it observes, so that what was written after reading is ordered after what was read. A reading further ahead than the skew bound is not adopted: one node with a wrong clock
/// must not drag the others along.
/// </para>
/// Not thread-safe: it has one owner.
/// </remarks>
public sealed class HybridClock
{
    private readonly TimeSpan _skewMax;
    private HybridTime _last;

    /// <summary>A clock that mints for <paramref name="actor"/> nothing up to and including <paramref name="last"/>, and adopts readings at most <paramref name="skewMax"/> ahead of the caller's time.</summary>
    public HybridClock(ActorId actor, HybridTime last, TimeSpan skewMax)
    {
        Actor = actor;
        _last = last;
        _skewMax = skewMax;
        Lease = last.Next;
    }

    /// <summary>Whose dots these are.</summary>
    public ActorId Actor { get; }

    /// <summary>The highest reading minted or adopted.</summary>
    public HybridTime Last => _last;

    /// <summary>Readings below this one may be minted: what the disk holds.</summary>
    public HybridTime Lease { get; private set; }

    /// <summary>A new dot; false while the lease does not reach so far, and then nothing has changed.</summary>
    public bool TryMint(UnixTime now, out Dot dot)
    {
        dot = default;
        var wall = HybridTime.At(now);
        var reading = wall > _last ? wall : _last.Next;
        if (reading >= Lease)
        {
            return false;
        }

        _last = reading;
        dot = new Dot(Actor, reading);
        return true;
    }

    /// <summary>Takes note of a reading made elsewhere. False, and not adopted, if it is further ahead of <paramref name="now"/> than the skew bound.</summary>
    public bool TryObserve(HybridTime reading, UnixTime now)
    {
        if (reading <= _last)
        {
            return true;
        }

        if (reading > HybridTime.At(now + _skewMax))
        {
            return false;
        }

        _last = reading;
        return true;
    }

    /// <summary>As <see cref="TryObserve(HybridTime, UnixTime)"/>, of every reading in a vector; false if any was too far ahead, and then the others are adopted all the same.</summary>
    public bool TryObserve(VersionVector seen, UnixTime now)
    {
        var adopted = true;
        foreach (var entry in seen.Entries)
        {
            adopted &= TryObserve(entry.Time, now);
        }

        return adopted;
    }

    /// <summary>The lease to have on disk next so that minting can go on for <paramref name="length"/> (at most 1 s) from now, at 65,536 dots a millisecond or fewer.</summary>
    public HybridTime LeaseWanted(UnixTime now, TimeSpan length)
    {
        var wall = HybridTime.At(now);
        return (wall > _last ? wall : _last.Next) + length;
    }

    /// <summary>Says that the disk now holds <paramref name="lease"/>. A lower one than before changes nothing.</summary>
    public void ExtendLease(HybridTime lease) => Lease = lease > Lease ? lease : Lease;
}
