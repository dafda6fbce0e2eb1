using CsCheck;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

public sealed class HybridClockTests
{
    private static readonly ActorId Actor = new(new NodeId(1), 1);
    private static readonly TimeSpan Skew = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private enum Happening
    {
        Mint,
        Burst,
        Advance,
        JumpBack,
        JumpAhead,
        Observe,
        Restart,
    }

    [Fact]
    public void A_dot_carries_the_time_it_was_minted_at()
    {
        var dot = new HybridClock(Actor, default, Skew).Mint(new UnixTime(1000));
        Assert.Equal(new Dot(Actor, new HybridTime(1000UL << 16)), dot);
    }

    [Fact]
    public void Within_one_millisecond_the_counter_grows()
    {
        var clock = new HybridClock(Actor, default, Skew);
        clock.Mint(new UnixTime(1000));
        var dot = clock.Mint(new UnixTime(1000));
        Assert.Equal("n1:1@1000+1", dot.ToString());
    }

    [Fact]
    public void A_clock_that_jumps_back_does_not_take_the_readings_with_it()
    {
        var clock = new HybridClock(Actor, default, Skew);
        clock.Mint(new UnixTime(1000));
        var dot = clock.Mint(new UnixTime(3));
        Assert.Equal("n1:1@1000+1", dot.ToString());
    }

    [Fact]
    public void The_counter_carries_into_the_milliseconds()
    {
        var clock = new HybridClock(Actor, default, Skew);
        Dot dot = default;
        for (var i = 0; i <= 65_536; i++)
        {
            dot = clock.Mint(new UnixTime(1000));
        }

        Assert.Equal("n1:1@1001+0", dot.ToString());
    }

    [Fact]
    public void What_was_observed_comes_before_what_is_minted()
    {
        var clock = new HybridClock(Actor, default, Skew);
        var elsewhere = HybridTime.At(new UnixTime(1400)).Next;
        Assert.True(clock.TryObserve(elsewhere, new UnixTime(1000)));
        var dot = clock.Mint(new UnixTime(1000));
        Assert.True(dot.Time > elsewhere);
    }

    [Fact]
    public void A_reading_beyond_the_skew_bound_is_not_adopted()
    {
        var clock = new HybridClock(Actor, default, Skew);
        Assert.True(clock.TryObserve(HybridTime.At(new UnixTime(1500)), new UnixTime(1000)));
        Assert.False(clock.TryObserve(HybridTime.At(new UnixTime(1500)).Next, new UnixTime(1000)));
        Assert.Equal("1500+0", clock.Last.ToString());
    }

    [Fact]
    public void One_reading_too_far_ahead_does_not_hide_the_others()
    {
        var clock = new HybridClock(Actor, default, Skew);
        var sound = new Dot(new ActorId(new NodeId(2), 1), HybridTime.At(new UnixTime(1200)));
        var wild = new Dot(new ActorId(new NodeId(3), 1), HybridTime.At(new UnixTime(9999)));
        Assert.False(clock.TryObserve(VersionVector.Of(wild).With(sound), new UnixTime(1000)));
        Assert.Equal(sound.Time, clock.Last);
    }

    [Fact]
    public void Observing_an_empty_vector_is_nothing() => Assert.True(new HybridClock(Actor, default, Skew).TryObserve(default(VersionVector), new UnixTime(1000)));

    [Fact]
    public void Moments_beyond_48_bits_do_not_wrap_around()
    {
        Assert.Equal(default, HybridTime.At(new UnixTime(-1)));
        Assert.Equal(0xffff_ffff_ffff_0000UL, HybridTime.At(new UnixTime(long.MaxValue)).Value);
    }

    [Fact]
    public void Minting_and_observing_allocate_nothing()
    {
        var clock = new HybridClock(Actor, default, Skew);
        Allocations.None(() =>
        {
            var dot = clock.Mint(new UnixTime(1000));
            clock.TryObserve(dot.Time, new UnixTime(1000));
        });
    }

    [Fact]
    public void Whatever_the_clock_on_the_wall_does_no_dot_is_minted_twice() =>
        Gen.Select(Gen.Enum<Happening>(), Gen.Int[0, 2000]).Array[1, 120].Sample(happenings =>
        {
            var minted = new Dictionary<ActorId, HybridTime>();
            var now = new UnixTime(1_000_000);
            var actor = Actor;
            var clock = new HybridClock(actor, default, Skew);
            foreach (var (happening, amount) in happenings)
            {
                var span = TimeSpan.FromMilliseconds(amount);
                switch (happening)
                {
                    case Happening.Mint:
                    case Happening.Burst:
                        for (var i = 0; i < (happening == Happening.Mint ? 1 : amount); i++)
                        {
                            var last = clock.Last;
                            var dot = clock.Mint(now);
                            Assert.Equal(actor, dot.Actor);
                            Assert.True(dot.Time > last && dot.Time > minted.GetValueOrDefault(actor), "new, and rising");
                            minted[actor] = dot.Time;
                        }

                        break;
                    case Happening.Advance:
                        now += span / 100;
                        break;
                    case Happening.JumpAhead:
                        now += span * 10;
                        break;
                    case Happening.JumpBack:
                        now += -span * 10;
                        break;
                    case Happening.Observe:
                        var reading = HybridTime.At(now + (span - Second));
                        Assert.Equal(reading <= clock.Last || span - Second <= Skew, clock.TryObserve(reading, now));
                        break;
                    case Happening.Restart:
                        actor = actor with { Generation = actor.Generation + 1 };
                        clock = new HybridClock(actor, default, Skew);
                        break;
                    default:
                        Assert.Fail("unknown happening");
                        break;
                }
            }
        }, iter: 2_000);
}
