using Toystore.Simulation.Faults;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Worlds;

/// <summary>One run of one seed.</summary>
internal static class SimulationRun
{
    /// <summary>Runs a seed to its end, or to the first thing that is wrong. Everything happens on the calling thread.</summary>
    public static RunResult Run(ulong seed, RunOptions? options = null)
    {
        var shape = Shape.Draw(seed);
        var faults = options?.Faults ?? FaultSchedule.Draw(seed, shape);
        var world = new World(seed, shape, options?.Listener);
        var scenario = new Scenario(world, faults);
        try
        {
            world.Loop.Run(scenario.RunAsync, () => world.Violations.First is not null);
        }
        catch (EscapedException e)
        {
            world.Violations.Add(FailureKind.Escaped, "EventLoop", e.Message);
        }
        catch (StuckException e)
        {
            world.Violations.Add(FailureKind.Stuck, "EventLoop", e.Message);
        }
        catch (Exception e)
        {
            world.Violations.Add(FailureKind.NodeThrew, "EventLoop", e.ToString());
        }

        var wrong = world.Violations.First;
        return new RunResult(
            seed,
            wrong?.Kind ?? FailureKind.None,
            wrong?.Oracle,
            wrong?.Text,
            [.. world.Trace.Last],
            world.Trace.Hash,
            TimeSpan.FromTicks(world.Loop.Now),
            scenario.Figures,
            shape.ToString(),
            faults);
    }
}
