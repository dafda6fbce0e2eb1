using Microsoft.Extensions.Logging.Abstractions;
using Toystore.Core;
using Toystore.Node;
using Toystore.Node.Peers;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Network;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Traces;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Simulation.Network;

public sealed class WholeNodesTests
{
    private static readonly ToystoreOptions Options = MakeOptions();
    private static readonly ToystoreSetup Setup = ToystoreSetup.Read(Options, out _)!;

    [Fact]
    public void Three_whole_nodes_run_in_the_world_the_same_way_each_time() => Assert.Equal(RunStorm(3), RunStorm(3));

    [Fact]
    public void Nothing_of_a_whole_node_escapes()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            RunStorm(seed);
        }
    }

    private static ToystoreOptions MakeOptions()
    {
        var options = new ToystoreOptions { ClusterId = "8f0e7a34-52c6-4d2b-9c55-0b9f6f1f2a01", NodeId = "n1", Store = StoreKind.Memory };
        for (var i = 1; i <= 3; i++)
        {
            options.Members.Add(new MemberOptions { Id = "n" + i, Peer = "127.0.0.1:700" + i });
        }

        return options;
    }

    // Clients write, read, delete and list at all nodes while frames are lost and wires are cut.
    private static ulong RunStorm(ulong seed)
    {
        var chance = new Chance(seed);
        var loop = new EventLoop(chance.Fork("order"), shuffles: true);
        var trace = new Trace(loop);
        var network = new SimulatedNetwork(loop, trace, chance.Fork("network"));
        foreach (var member in Setup.Topology.Members)
        {
            network.Add(member.Id, PeerDirectory.EndPointOf(member.PeerEndpoint));
        }

        loop.Run(async () =>
        {
            var nodes = Setup.Topology.Members.ToArray().Select(member => new WholeNode(loop, network, member.Id)).ToArray();
            foreach (var node in nodes)
            {
                await node.RunAsync(() => node.Engine.StartAsync(CancellationToken.None));
            }

            foreach (var wire in network.Wires)
            {
                (wire.Loss, wire.Duplication, wire.Reordering, wire.Pieces, wire.SlowWrites, wire.Hiccups) = (0.02, 0.05, 0.05, 0.2, 0.2, 0.02);
            }

            var clients = Enumerable.Range(0, 4).Select(client => ClientAsync(nodes, chance.Fork("client " + client), trace, loop)).ToArray();
            var storm = chance.Fork("storm");
            for (var i = 0; i < 20; i++)
            {
                var wire = storm.Pick(network.Wires);
                wire.IsCut = true;
                await loop.PassAsync(storm.Exponential(TimeSpan.FromMilliseconds(200)));
                wire.IsCut = false;
                network.Break(wire.From, wire.To);
            }

            network.Calm();
            await Task.WhenAll(clients);
            foreach (var node in nodes)
            {
                await node.RunAsync(async () => await node.Engine.DisposeAsync());
                Assert.DoesNotContain(node.Log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
            }
        });
        return trace.Hash;
    }

    private static async Task ClientAsync(WholeNode[] nodes, Chance chance, Trace trace, EventLoop loop)
    {
        for (var i = 0; i < 30; i++)
        {
            var node = chance.Pick(nodes);
            Key key = "key" + chance.Next(3);
            var what = chance.Next(8);
            await node.RunAsync(async () =>
            {
                object outcome = what switch
                {
                    < 4 => await node.Engine.Store.PutAsync(key, new Value(new byte[chance.Next(3000)])),
                    < 6 => await node.Engine.Store.GetAsync(key),
                    6 => await node.Engine.Store.DeleteAsync(key),
                    _ => await node.Engine.Store.ListAsync(),
                };
                trace.Note("client", outcome.GetType().Name);
            });
            await loop.PassAsync(chance.Exponential(TimeSpan.FromMilliseconds(20)));
        }
    }

    private sealed class WholeNode
    {
        private readonly Life _life;

        public WholeNode(EventLoop loop, SimulatedNetwork network, NodeId id)
        {
            _life = new Life(loop, id.ToString());
            var clock = new NodeClock(loop) { Life = _life };
            var options = new PeerOptions { Cluster = Setup.Topology.ClusterId, Self = id };
            var peers = new PeerNetwork(options, Setup.Topology, listen: null, network.Join(id, _life), clock, new Random((int)id.Value), NullLoggerFactory.Instance);
            Engine = new NodeEngine(new ToystoreSetup(id, Setup.Topology), Options, new NodeSeams(new MemoryStore(), peers, clock, new Random((int)id.Value), Log));
        }

        public ListLog Log { get; } = new();

        public NodeEngine Engine { get; }

        /// <summary>Runs something as code of this node.</summary>
        public async Task RunAsync(Func<Task> run) => await _life.RunAsync(async () =>
        {
            await run();
            return true;
        }, whenGone: false);
    }
}
