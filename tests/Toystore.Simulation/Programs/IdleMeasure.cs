using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Lets five nodes run that nobody asks anything.</summary>
internal static class IdleMeasure
{
    // Compiling what idle nodes do takes longer than an hour of it.
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(10);

    /// <summary>Does so for a while of virtual time, on this thread; and once before that, for shorter, which does not count.</summary>
    public static IdleFigures Run(TimeSpan span, TimeProvider time)
    {
        Measure(Before, time);
        return Measure(span, time);
    }

    private static IdleFigures Measure(TimeSpan span, TimeProvider time)
    {
        var began = time.GetTimestamp();
        var world = new World(1, new Shape { Members = 5 });
        world.Loop.Run(
            async () =>
            {
                await world.StartAllAsync();
                await world.Loop.PassAsync(span);
            },
            () => world.Violations.First is not null);
        return new IdleFigures(TimeSpan.FromTicks(world.Loop.Now), time.GetElapsedTime(began), world.Loop.Steps, world.Violations.First?.Text);
    }
}
