using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Core.Membership;
using Toystore.Tests.Core.Placement;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Membership;

/// <summary>What a listener of the meter hears of one loop, to which a test plays the other members.</summary>
public sealed class MembershipMetricsTests : IDisposable
{
    private static readonly Topology Three = Clusters.Topology(Clusters.Of(3));
    private static readonly ClusterId Elsewhere = new(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9));
    private static readonly Endpoint Stranger = new("10.0.0.9", 9);

    private readonly Meter _meter = new("test");
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _heard = [];
    private readonly Dictionary<string, string?> _units = [];
    private readonly Wire _wire = new();

    public MembershipMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
            {
                _units[instrument.Name] = instrument.Unit;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Members_are_counted_by_state_and_their_changes_by_who_says_so() => Run(async (world, _) =>
    {
        _wire.Receive(Stranger, PacketOf(2));
        Collect();
        Assert.Equal(2, _heard["toystore.membership.member.count state=alive"]);
        Assert.Equal(1, _heard["toystore.membership.transition.count state=up id=n2"]);

        // Nobody answers the probes.
        await world.PassAsync(TimeSpan.FromSeconds(60));
        Collect();
        Assert.Equal((1, 0, 1, 0), (Members("alive"), Members("suspect"), Members("dead"), Members("left")));
        Assert.Equal(1, _heard["toystore.membership.transition.count state=suspect id=n2 accuser=n1"]);
        Assert.Equal(1, _heard["toystore.membership.transition.count state=dead id=n2 accuser=n1"]);
    });

    [Fact]
    public void Probes_that_fail_are_counted_and_the_doubts_that_come_of_them() => Run(async (world, _) =>
    {
        _wire.Receive(Stranger, PacketOf(2));
        await world.PassAsync(TimeSpan.FromSeconds(60));
        Collect();
        Assert.InRange(_heard["toystore.membership.probe.count"], 2, 60);
        Assert.Equal(_heard["toystore.membership.probe.count"], _heard["toystore.membership.probe.failed"]);
        Assert.Equal(_heard["toystore.membership.probe.count"], _heard["toystore.membership.probe.relayed"]);
        Assert.InRange(_heard["toystore.membership.health.multiplier"], 2, 9);
    });

    [Fact]
    public void Packets_and_bytes_are_counted_both_ways() => Run(async (world, _) =>
    {
        var packet = PacketOf(2);
        _wire.Receive(Stranger, packet);
        await world.PassAsync(TimeSpan.FromSeconds(3));
        Collect();
        Assert.Equal(1, _heard["toystore.membership.packet.count direction=receive"]);
        Assert.Equal(packet.Length, _heard["toystore.membership.network.io direction=receive"]);
        Assert.Equal(_wire.Sent, ((long)_heard["toystore.membership.packet.count direction=transmit"], (long)_heard["toystore.membership.network.io direction=transmit"]));
        Assert.NotEqual(0, _wire.Sent.Packets);
    });

    [Fact]
    public void Refused_packets_are_counted_by_reason() => Run(_ =>
    {
        _wire.Receive(Stranger, PacketOf(2, Elsewhere));
        _wire.Receive(Stranger, PacketOf(2, Elsewhere));
        _wire.Receive(Stranger, PacketOf(9));
        _wire.Receive(Stranger, [1, 2, 3]);
        _wire.Receive(Stranger, [7, .. PacketOf(2)[1..]]);
        Collect();
        Assert.Equal(2, _heard["toystore.membership.packet.refused type=foreign_cluster"]);
        Assert.Equal(1, _heard["toystore.membership.packet.refused type=unknown_member"]);
        Assert.Equal(1, _heard["toystore.membership.packet.refused type=malformed"]);
        Assert.Equal(1, _heard["toystore.membership.packet.refused type=other_version"]);
        Assert.Equal(0, _heard["toystore.membership.packet.refused type=no_key_opens"]);
    });

    [Fact]
    public void A_refutation_of_this_nodes_own_is_counted() => Run(loop =>
    {
        _wire.Receive(Stranger, PacketOf(2, about: loop.Own!.Value.Incarnation));
        Collect();
        Assert.Equal(1, _heard["toystore.membership.refutation.count"]);
    });

    [Fact]
    public void Exchanges_that_come_to_nothing_are_counted() => Run(async (world, _) =>
    {
        await world.PassAsync(TimeSpan.FromSeconds(30));
        Collect();
        Assert.NotEqual(0, _heard["toystore.membership.exchange.count"]);
        Assert.Equal(_heard["toystore.membership.exchange.count"], _heard["toystore.membership.exchange.failed"]);
    });

    [Fact]
    public void Every_instrument_has_a_unit_and_is_in_the_table_for_operators() => Run(_ =>
    {
        var table = Tidy.Sources.Text("docs/operations.md");
        Assert.NotEmpty(_units);
        Assert.All(_units, instrument => Assert.Contains($"| `{instrument.Key}` | {instrument.Value ?? "none"} |", table, StringComparison.Ordinal));
    });

    [Fact]
    public void Measuring_allocates_nothing_for_a_packet()
    {
        double silent = 0;
        Run(_ => silent = Allocations.BytesPerCall(Receive), measures: false);
        Run(_ => Assert.Equal(silent, Allocations.BytesPerCall(Receive)));
    }

    private void Receive()
    {
        _wire.Receive(Stranger, Foreign);
        _wire.Receive(Stranger, Known);
    }

    private static readonly byte[] Known = PacketOf(2);
    private static readonly byte[] Foreign = PacketOf(2, Elsewhere);

    private static byte[] PacketOf(ulong node, ClusterId? cluster = null, Incarnation? about = null)
    {
        var facts = new MemberFacts { Generation = 1, PeerEndpoint = Stranger };
        var seal = new PacketSeal(cluster ?? Three.ClusterId, KeyRing.Empty, RandomNumberGenerator.Fill);
        var swim = new Swim(new NodeId(node), Incarnation.OfBoot(1), facts, SwimOptions.Lan, seal, new Random(1));
        swim.Start(default, [], new SwimEffects());
        var table = swim.Table();
        return about is not { } incarnation ? table : seal.Seal(Say.Body((int)node, Say.Boot, Say.Suspect(1, by: (int)node, incarnation.Value)));
    }

    private int Members(string state) => (int)_heard[$"toystore.membership.member.count state={state}"];

    private void Collect() => _listener.RecordObservableInstruments();

    // What is observed replaces, what is reported adds up.
    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name;
        foreach (var tag in tags)
        {
            name += $" {tag.Key[(tag.Key.LastIndexOf('.') + 1)..]}={tag.Value}";
        }

        _heard[name] = instrument.IsObservable ? value : _heard.GetValueOrDefault(name) + value;
    }

    private void Run(Action<MembershipLoop> test, bool measures = true) => Run(
        (_, loop) =>
        {
            test(loop);
            return Task.CompletedTask;
        },
        measures);

    private void Run(Func<EventLoop, MembershipLoop, Task> test, bool measures = true)
    {
        var world = new EventLoop(new Chance(1), shuffles: false);
        world.Run(async () =>
        {
            var life = new Life(world, "n1");
            var clock = new NodeClock(world) { Life = life };
            _wire.Home = life;
            var setup = new MembershipSetup(new NodeId(1), Three, SwimOptions.Lan, KeyRing.Empty, "1.0", TimeSpan.FromSeconds(10)) { Meter = measures ? _meter : null };
            var loop = new MembershipLoop(setup, new MemoryStore(), new NoPeers(), _wire, clock, new Random(1), new ListLog());
            await life.RunAsync(
                async () =>
                {
                    await loop.StartAsync(CancellationToken.None);
                    return true;
                },
                whenGone: false);
            await world.SettleAsync();
            await test(world, loop);
        });
    }

    private sealed class Wire : IGossipTransport
    {
        private GossipReceiver? _receiver;

        public SynchronizationContext? Home { get; set; }

        public (long Packets, long Bytes) Sent { get; private set; }

        public void Receive(Endpoint from, byte[] packet) => _receiver!(from, packet);

        public ValueTask StartAsync(GossipReceiver receiver, CancellationToken cancellationToken)
        {
            _receiver = receiver;
            return ValueTask.CompletedTask;
        }

        public void Send(Endpoint to, ReadOnlySpan<byte> packet) => Sent = (Sent.Packets + 1, Sent.Bytes + packet.Length);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class NoPeers : IPeers
    {
        public ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken) => new(new PeerReply.Unreachable("nobody"));

        public PeerHealth Health(NodeId node) => default;
    }
}
