namespace Toystore.Core.Versions;

/// <summary>
/// Mints the dots of one actor: a hybrid logical clock (Kulkarni et al. 2014) whose readings only grow, whatever the clock on the wall does.
/// </summary>
/// <remarks>
/// The clock adopts what it observes, so that what was written after reading is ordered after what was read. A reading further ahead than the skew bound is not adopted: one node with a wrong clock
/// must not drag the others along. It lives as long as its actor, which no process takes over from another; so nothing of it has to be kept.
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
    }

    /// <summary>Whose dots these are.</summary>
    public ActorId Actor { get; }

    /// <summary>The highest reading minted or adopted.</summary>
    public HybridTime Last => _last;

    /// <summary>A new dot. Allocates nothing.</summary>
    public Dot Mint(UnixTime now)
    {
        var wall = HybridTime.At(now);
        _last = wall > _last ? wall : _last.Next;
        return new Dot(Actor, _last);
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

    /// <summary>Mints nothing up to and including <paramref name="floor"/> any more, however far ahead it is: every member's clock has passed a floor before it became one.</summary>
    public void Raise(HybridTime floor) => _last = floor > _last ? floor : _last;

    /// <summary>As <see cref="TryObserve(HybridTime, UnixTime)"/>, of every reading in a vector above its floor; false if any was too far ahead, and then the others are adopted all the same.</summary>
    public bool TryObserve(VersionVector seen, UnixTime now)
    {
        var adopted = true;
        foreach (var entry in seen.Entries)
        {
            adopted &= TryObserve(entry.Time, now);
        }

        return adopted;
    }
}
