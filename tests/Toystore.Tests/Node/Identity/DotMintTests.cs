using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Identity;
using Toystore.Simulation.Scheduling;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Identity;

public sealed class DotMintTests
{
    private static readonly NodeId Self = new(1);
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(10);
    private readonly NodeRandom _random = new(new Random(1));

    [Fact]
    public void Every_process_has_an_actor_of_its_own() => Pump.Run(loop =>
    {
        var actors = Enumerable.Range(0, 100).Select(_ => Create(new NodeClock(loop)).Actor).ToList();
        Assert.All(actors, actor => Assert.Equal(Self, actor.Node));
        Assert.Equal(100, actors.Distinct().Count());
        return Task.CompletedTask;
    });

    [Fact]
    public void Readings_grow_when_the_clock_is_set_back() => Pump.Run(loop =>
    {
        var clock = new NodeClock(loop) { Ahead = TimeSpan.FromSeconds(4) };
        var mint = Create(clock);
        var before = mint.Mint();
        clock.Ahead = TimeSpan.FromSeconds(-4);
        Assert.True(mint.Mint().Time > before.Time);
        return Task.CompletedTask;
    });

    [Fact]
    public void What_is_minted_after_an_observation_is_later_unless_that_was_too_far_ahead() => Pump.Run(loop =>
    {
        var clock = new NodeClock(loop);
        var mint = Create(clock);
        var now = UnixTime.From(clock.GetUtcNow());
        var near = new Dot(new ActorId(new NodeId(2), 5), HybridTime.At(now + TimeSpan.FromSeconds(9)));
        var far = new Dot(new ActorId(new NodeId(3), 5), HybridTime.At(now + TimeSpan.FromSeconds(11)));
        mint.Observe(VersionVector.Of(near).Join(VersionVector.Of(far)));
        var minted = mint.Mint();
        Assert.True(minted.Time > near.Time && minted.Time < far.Time);
        return Task.CompletedTask;
    });

    [Fact]
    public void An_actor_is_abandoned_once_for_all_that_it_lost() => Pump.Run(loop =>
    {
        var mint = Create(new NodeClock(loop));
        var lost = mint.Actor;
        mint.Abandon(lost, "a write failed");
        var next = mint.Actor;
        mint.Abandon(lost, "another write of the same time failed");
        Assert.NotEqual(lost, next);
        Assert.Equal(next, mint.Actor);
        return Task.CompletedTask;
    });

    [Fact]
    public void A_new_generation_goes_on_above_the_readings_of_the_last() => Pump.Run(loop =>
    {
        var clock = new NodeClock(loop) { Ahead = TimeSpan.FromSeconds(4) };
        var mint = Create(clock);
        var before = mint.Mint();
        clock.Ahead = TimeSpan.Zero;
        mint.Abandon(mint.Actor, "a test");
        Assert.True(mint.Mint().Time > before.Time);
        return Task.CompletedTask;
    });

    [Fact]
    public async Task No_reading_is_minted_twice_by_many_threads()
    {
        var mint = Create(TimeProvider.System);
        var dots = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 5000).Select(_ => mint.Mint()).ToList())));
        Assert.Equal(20_000, dots.SelectMany(each => each).Distinct().Count());
    }

    private DotMint Create(TimeProvider time) => new(Self, time, _random, SkewMax, new ListLog());
}
