namespace Toystore.Core.Membership;

/// <summary>Lets something happen at most once in a while.</summary>
internal struct Seldom(TimeSpan pause)
{
    private Instant _next = new(long.MinValue);

    public bool IsDue(Instant now)
    {
        if (now < _next)
        {
            return false;
        }

        _next = now + pause;
        return true;
    }
}
