using Toystore.Simulation.Faults;
using Toystore.Simulation.Workloads;

namespace Toystore.Simulation.Worlds;

/// <summary>What happens in a run: clients work while things break, then everything is mended, and what they were promised is looked at once more.</summary>
internal sealed class Scenario(World world, IReadOnlyList<Fault> faults)
{
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StragglersMax = TimeSpan.FromSeconds(30);

    private readonly FaultDriver _faults = new(world);
    private bool _isOver;

    /// <summary>What happened.</summary>
    public RunFigures Figures
    {
        get
        {
            var history = world.Oracles.History;
            return new RunFigures(history.Writes.Done, history.Writes.NotDone, history.Writes.Unknown, history.Reads.Answered, history.Reads.Failed, _faults.Begun, world.Loop.Steps);
        }
    }

    public async Task RunAsync()
    {
        await world.StartAllAsync();
        var watching = Task.WhenAll(
            SampleAsync(),
            new Operator(world, world.For("operator")).RunAsync(() => _isOver),
            new Proposals(world, world.For("proposals")).RunAsync(() => _isOver));
        _faults.Schedule(faults);
        await new Workload(world, world.Oracles.History, world.Shape.Work).RunAsync();
        await _faults.EndAsync();
        _isOver = true;
        await watching;

        // What comes late comes into a world in which floors have risen.
        for (var until = world.Loop.Now + StragglersMax.Ticks; world.Network.Stragglers > 0 && world.Loop.Now < until;)
        {
            await world.Loop.PassAsync(BetweenSamples);
        }

        await world.Oracles.EndAsync();
        foreach (var node in world.Nodes)
        {
            await node.StopAsync();
        }
    }

    private async Task SampleAsync()
    {
        while (!_isOver)
        {
            world.Oracles.Sample();
            await world.Loop.PassAsync(BetweenSamples);
        }
    }
}
