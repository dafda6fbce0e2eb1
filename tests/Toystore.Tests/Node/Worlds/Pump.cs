using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;

namespace Toystore.Tests.Node.Worlds;

/// <summary>Runs scripted scenarios on the simulator's one thread and clock, first come, first served: the same scenario runs the same way each time.</summary>
internal static class Pump
{
    /// <summary>Runs a scenario to its end.</summary>
    public static void Run(Func<EventLoop, Task> scenario)
    {
        var loop = new EventLoop(new Chance(0), shuffles: false);
        loop.Run(() => scenario(loop));
    }

    /// <summary>Goes on when nothing more happens without time passing.</summary>
    public static Task SettleAsync() => ((Life)SynchronizationContext.Current!).Loop.SettleAsync();
}
