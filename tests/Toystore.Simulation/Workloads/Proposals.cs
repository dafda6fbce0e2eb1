using Toystore.Node.Agreement;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Workloads;

/// <summary>In some runs the topology is changed now and then, at one node or several, amid whatever faults there are: to one with the next number that says the same.</summary>
internal sealed class Proposals(World world, Chance chance)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<Task> _underway = [];

    /// <summary>Changes it until it is over.</summary>
    public async Task RunAsync(Func<bool> isOver)
    {
        if (!chance.Hits(0.2))
        {
            return;
        }

        var pause = chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
        for (var number = 1; !isOver(); number++)
        {
            await world.Loop.PassAsync(chance.Exponential(pause));
            var node = chance.Pick(world.Nodes);
            if (node is { IsUp: true, Life: { } life, Running: { } running })
            {
                _underway.Add(ChangeAsync(node, life, running.Keeper, FormattableString.Invariant($"Change {number}, by {node.Id}.")));
            }
        }

        await Task.WhenAll(_underway);
    }

    private async Task ChangeAsync(SimulatedNode node, Life life, TopologyKeeper keeper, string what)
    {
        var isDone = await life.RunAsync(async () =>
        {
            using var patience = new CancellationTokenSource(Patience, node.Clock);
            try
            {
                var outcome = await keeper.ChangeAsync(what, edition => edition.Tells(node.Id, what) ? TopologyVerdict.Settled.Instance : new TopologyVerdict.Next(edition.Topology), patience.Token);
                return outcome.Problem is null;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }, whenGone: false);
        world.Trace.Note("op", $"{what} {(isDone ? "Done" : "Nobody knows whether it is done")}");
        if (isDone)
        {
            world.Oracles.Changed(what);
        }
    }
}
