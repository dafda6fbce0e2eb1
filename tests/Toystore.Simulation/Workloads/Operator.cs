using Toystore.Node;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Workloads;

/// <summary>Looks at the state of the cluster now and then, through one node or another, as a console does.</summary>
internal sealed class Operator(World world, Chance chance)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    /// <summary>Looks until it is over.</summary>
    public async Task RunAsync(Func<bool> isOver)
    {
        while (!isOver())
        {
            await world.Loop.PassAsync(chance.Exponential(Pause));
            var node = chance.Pick(world.Nodes);
            if (node is { IsUp: true, Life: { } life, Engine: { } engine })
            {
                await LookAsync(node, life, engine.View);
            }
        }
    }

    private async Task LookAsync(SimulatedNode node, Life life, ClusterView view)
    {
        var status = await life.RunAsync(async () => await view.StatusAsync(), null!);
        if (status is null)
        {
            return;
        }

        world.Trace.Note("op", $"{node.Id} says that {status.Members.Count(member => member.Problem is null)} of {status.Members.Count} nodes are well: {status.Summary}");
        var self = status.Members.SingleOrDefault(member => member.Id == node.Id.ToString());
        if (status.Members.Count != world.Nodes.Count || self is not { Reachable: true } || status.Members.Any(member => member.Reachable != (member.Node is not null)))
        {
            world.Violations.Add(FailureKind.Outcome, nameof(Operator), $"{node.Id} shows a state of the cluster that cannot be: {string.Join("; ", status.Members)}.");
        }
    }
}
