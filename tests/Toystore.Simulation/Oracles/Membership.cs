using System.Globalization;
using Toystore.Core.Membership;
using Toystore.Node.Membership;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// Once everything works again, all nodes come to hold all nodes alive, each in the incarnation that it is in, within a bound of time. And the incarnations of a node never go back: those of a process are above all of the
/// processes before it. Of a node whose disk was wiped or put back, and of a process whose disk did not take the record, only the first is demanded.
/// </summary>
internal sealed class Membership(IClusterUnderTest cluster) : IOracle
{
    /// <summary>How long it may take, from when everything works.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<int, (MembershipLoop Process, Incarnation Highest)> _used = [];

    public void Sampled()
    {
        for (var node = 0; node < cluster.Nodes; node++)
        {
            if (cluster.MembershipOf(node) is { Own: { IsReserved: true } own } process && !cluster.HasLostDisk(node))
            {
                Check(node, process, own.Incarnation);
            }
        }
    }

    public async Task MendedAsync()
    {
        var until = cluster.Loop.Now + Bound.Ticks;
        while (Problem() is { } problem)
        {
            if (cluster.Loop.Now >= until)
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"The nodes have not come to hold one another alive within {Bound.TotalSeconds:0} s after everything was mended: {problem}"));
                return;
            }

            await cluster.Loop.PassAsync(Pause);
        }

        cluster.Trace.Note("last", "all nodes hold all nodes alive");
    }

    private void Check(int node, MembershipLoop process, Incarnation incarnation)
    {
        if (_used.TryGetValue(node, out var used) && (used.Process == process ? incarnation < used.Highest : incarnation <= used.Highest))
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"n{node + 1:x} is in its incarnation {incarnation}, and was in {used.Highest} before{(used.Process == process ? "" : ", in an earlier process")}."));
        }

        _used[node] = (process, incarnation);
    }

    private string? Problem()
    {
        for (var node = 0; node < cluster.Nodes; node++)
        {
            if (!cluster.RunsMembership(node))
            {
                continue;
            }

            if (cluster.MembershipOf(node)?.View is not { } view)
            {
                return string.Create(CultureInfo.InvariantCulture, $"n{node + 1:x} has not begun.");
            }

            for (var other = 0; other < cluster.Nodes; other++)
            {
                var id = cluster.Ring.Topology.Members[other].Id;
                var held = view.Members.FirstOrDefault(member => member.Node == id);
                var own = cluster.MembershipOf(other)?.Own?.Incarnation;
                if (held is null || held.State != MemberState.Alive || held.Incarnation != own)
                {
                    return string.Create(
                        CultureInfo.InvariantCulture,
                        $"n{node + 1:x} holds {id} {(held is null ? "for nobody it knows" : $"{held.State} in {held.Incarnation}, by the word of {held.By}")}, which is in {own}.");
                }
            }
        }

        return null;
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Membership, nameof(Membership), text);
}
