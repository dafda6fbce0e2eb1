using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;

namespace Toystore.Tests.Simulation.Scheduling;

public sealed class EventLoopTests
{
    private readonly List<string> _said = [];

    [Fact]
    public void Settled_is_what_has_nothing_more_to_do_unless_time_passes() => Run(async loop =>
    {
        _ = StepAsync(3);
        loop.After(TimeSpan.Zero, loop.World, () => _ = StepAsync(1));
        loop.After(TimeSpan.FromTicks(1), loop.World, () => _said.Add("too early"));
        await loop.SettleAsync();
        Assert.Equal(["step 3", "step 2", "step 1", "step 1"], _said.OrderDescending());
        Assert.Equal(0, loop.Now);
    });

    [Fact]
    public void Who_settles_second_waits_for_what_the_first_has_begun() => Run(async loop =>
    {
        var first = FirstAsync();
        await loop.SettleAsync();
        Assert.Equal(["step 2", "step 1"], _said);
        Assert.True(first.IsCompleted);

        async Task FirstAsync()
        {
            await loop.SettleAsync();
            await StepAsync(2);
        }
    });

    [Fact]
    public void Time_stands_still_while_anything_settles() => Run(async loop =>
    {
        var passing = loop.PassAsync(TimeSpan.FromSeconds(1));
        await loop.SettleAsync();
        await loop.SettleAsync();
        Assert.False(passing.IsCompleted);
        await passing;
        Assert.Equal(TimeSpan.TicksPerSecond, loop.Now);
    });

    [Fact]
    public void A_scenario_that_waits_for_what_never_comes_is_stuck() =>
        Assert.Throws<StuckException>(() => Run(_ => new TaskCompletionSource().Task));

    private static void Run(Func<EventLoop, Task> scenario)
    {
        var loop = new EventLoop(new Chance(1), shuffles: true);
        loop.Run(() => scenario(loop));
    }

    private async Task StepAsync(int steps)
    {
        for (; steps > 0; steps--)
        {
            await Task.Yield();
            _said.Add($"step {steps}");
        }
    }
}
