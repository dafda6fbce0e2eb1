using Toystore.Core.Membership;

namespace Toystore.Node.Membership;

/// <summary>
/// Where the incarnations of a process begin: above all that this node ever used, also if its disk has forgotten them.
/// <para>
/// A number that is only counted up on the disk begins anew with an empty disk, and with an older copy of the disk it repeats itself. So the numbers are readings of the wall clock, in 2^32 parts of an hour: the whole hours
/// since 2026 are the boot number (<see cref="Incarnation.Boot"/>). Each process reserves 16,384 numbers, writes down where they end before its first packet, and the next one begins at that end or at the
/// clock, whichever is higher. A disk that tells nothing leaves the clock, which is then ahead of everything used unless it went back; to be sure, an hour is added if there was something on the disk that cannot be read. A clock that
/// goes back leaves the disk. Where both fail, the others hold more than this node says, tell it so, and it speaks up above that.
/// </para>
/// <para>Others refuse a leap of more than 65,536 boot numbers; here that is more than seven years. A clock that leaps as far is not followed if the disk knows better.</para>
/// </summary>
internal static class IncarnationClock
{
    /// <summary>How many numbers a process may use before it has to write again: 14 ms of the clock, less than a process takes to start, so that the numbers do not outrun it.</summary>
    public const ulong Reserved = 1UL << 14;

    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The reading of a moment.</summary>
    public static Incarnation At(DateTimeOffset moment)
    {
        var ticks = (Int128)Math.Max(TimeSpan.TicksPerSecond, (moment - Beginning).Ticks);
        return new Incarnation((ulong)((ticks << 32) / TimeSpan.TicksPerHour));
    }

    /// <summary>The first number of a process.</summary>
    /// <param name="now">The wall clock.</param>
    /// <param name="end">Where the numbers reserved before end, by the disk; null if it does not tell.</param>
    /// <param name="ahead">What is added to the clock where the disk does not tell.</param>
    public static Incarnation First(DateTimeOffset now, Incarnation? end, TimeSpan ahead)
    {
        if (end is not { } known)
        {
            return At(now + ahead);
        }

        var clock = At(now);
        return clock > known && clock.Value - known.Value <= Incarnation.LeapMax / 2 ? clock : known;
    }
}
