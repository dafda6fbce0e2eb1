using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Lets five nodes run that nobody asks anything.</summary>
internal static class IdleMeasure
{
    /// <summary>Does so for a while of virtual time, on this thread.</summary>
    public static IdleFigures Run(TimeSpan span, TimeProvider time)
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
