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

/// <summary>One loop, and a test that sends it packets.</summary>
public sealed class MembershipLoopTests : IAsyncDisposable
{
    private static readonly Topology Three = Clusters.Topology(Clusters.Of(3));
    private static readonly ClusterId Elsewhere = new(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9));
    private static readonly Endpoint Stranger = new("10.0.0.9", 9);

    private readonly ListLog _log = new();
    private readonly Wire _wire = new();

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Fact]
    public void A_packet_of_nobody_in_the_topology_is_refused_with_an_event() => Run(KeyRing.Empty, loop =>
    {
        _wire.Receive(Stranger, PacketOf(9, Three.ClusterId, KeyRing.Empty));
        _wire.Receive(Stranger, PacketOf(9, Three.ClusterId, KeyRing.Empty));
        Assert.Equal(1, Count(1107));
        Assert.Single(loop.View!.Members);
    });

    [Fact]
    public void A_packet_of_a_member_makes_it_known() => Run(KeyRing.Empty, loop =>
    {
        _wire.Receive(Stranger, PacketOf(2, Three.ClusterId, KeyRing.Empty));
        Assert.Equal(1, Count(1100));
        Assert.Equal(2, loop.View!.Members.Length);
        Assert.Equal(MemberState.Alive, loop.VerdictOf(new NodeId(2))!.State);
    });

    [Fact]
    public void A_packet_of_another_cluster_is_refused_with_an_event() => Run(KeyRing.Empty, loop =>
    {
        _wire.Receive(Stranger, PacketOf(2, Elsewhere, KeyRing.Empty));
        Assert.Equal(1, Count(1105));
        Assert.Single(loop.View!.Members);
    });

    [Fact]
    public void Without_the_key_of_the_cluster_nobody_is_heard() => Run(Ring(1), loop =>
    {
        _wire.Receive(Stranger, PacketOf(2, Three.ClusterId, Ring(2)));
        _wire.Receive(Stranger, PacketOf(2, Three.ClusterId, KeyRing.Empty));
        Assert.Equal(1, Count(1106));
        Assert.Single(loop.View!.Members);
        _wire.Receive(Stranger, PacketOf(2, Three.ClusterId, Ring(1)));
        Assert.Equal(2, loop.View!.Members.Length);
    });

    [Fact]
    public void A_table_that_cannot_be_read_is_answered_with_why() => Run(Ring(1), loop =>
        Assert.IsType<PeerReply.Failed>(loop.Exchange(new NodeId(2), PacketOf(2, Three.ClusterId, Ring(2)))));

    /// <summary>The whole way of a packet, from the transport on: half of them mutations of sealed ones, half of what a member says that has the key and has gone mad.</summary>
    [Fact]
    public void A_million_mutated_packets_do_no_harm() => Run(Ring(1), async (world, loop) =>
    {
        var chance = new Chance(5);
        var seal = new PacketSeal(Three.ClusterId, Ring(1), chance.Fork("nonces").NextBytes);
        var sound = PacketOf(2, Three.ClusterId, Ring(1));
        var body = new byte[sound.Length];
        Assert.Equal(SealVerdict.Opened, seal.Open(sound, body, out var opened, out _));
        var original = opened.ToArray();
        for (var i = 0; i < 1_000_000; i++)
        {
            var isSealed = i % 2 == 0;
            byte[] packet = isSealed ? [.. sound] : [.. original];
            for (var mutations = 1 + chance.Next(4); mutations > 0; mutations--)
            {
                packet[chance.Next(packet.Length)] = (byte)chance.NextUInt64();
            }

            packet = chance.Next(8) == 0 ? packet[..chance.Next(packet.Length + 1)] : packet;
            _wire.Receive(Stranger, isSealed ? packet : seal.Seal(packet));
            if (i % 50_000 == 0)
            {
                await world.PassAsync(TimeSpan.FromSeconds(1));
            }
        }

        Assert.All(loop.View!.Members, member => Assert.InRange(member.Node.Value, 1UL, 3UL));
        Assert.InRange(loop.Read(figures => figures.Counts.RefusedAll, 0), 400_000, 1_000_000);
        Assert.Equal(0, Count(1119));

        // And it still answers.
        var sent = _wire.Sent;
        _wire.Receive(Stranger, seal.Seal(Say.Body(2, Say.Boot, Say.Ping(7, 1))));
        Assert.Equal(sent + 1, _wire.Sent);
    });

    [Fact]
    public void Noise_without_a_key_leaves_nothing_behind() => Run(KeyRing.Empty, async (world, loop) =>
    {
        var random = new Random(1);
        var sound = PacketOf(2, Three.ClusterId, KeyRing.Empty);
        for (var i = 0; i < 20_000; i++)
        {
            var packet = i % 2 == 0 ? new byte[random.Next(200)] : [.. sound];
            if (i % 2 == 0)
            {
                random.NextBytes(packet);
            }
            else
            {
                packet[random.Next(packet.Length)] ^= (byte)random.Next(1, 256);
            }

            _wire.Receive(Stranger, packet);
        }

        Assert.Single(loop.View!.Members);
        await world.PassAsync(TimeSpan.FromHours(3));
        Assert.Single(loop.View!.Members);
        Assert.Equal(0, Count(1119));
    });

    private static KeyRing Ring(byte secret)
    {
        Assert.True(ClusterKey.TryCreate([.. Enumerable.Repeat(secret, 32)], out var key));
        Assert.True(KeyRing.Empty.Add(key!, out var ring));
        return ring;
    }

    // What a member sends that has just started: it says who it is.
    private static byte[] PacketOf(ulong node, ClusterId cluster, KeyRing keys)
    {
        var facts = new MemberFacts { Generation = 1, PeerEndpoint = Stranger };
        var swim = new Swim(new NodeId(node), Incarnation.OfBoot(1), facts, SwimOptions.Lan, new PacketSeal(cluster, keys, RandomNumberGenerator.Fill), new Random(1));
        var effects = new SwimEffects();
        swim.Start(default, [], effects);
        return swim.Table();
    }

    private int Count(int id) => _log.Lines.Count(line => line.Event.Id == id);

    private void Run(KeyRing keys, Action<MembershipLoop> test) => Run(keys, (_, loop) =>
    {
        test(loop);
        return Task.CompletedTask;
    });

    private void Run(KeyRing keys, Func<EventLoop, MembershipLoop, Task> test)
    {
        var world = new EventLoop(new Chance(1), shuffles: false);
        world.Run(async () =>
        {
            var life = new Life(world, "n1");
            var clock = new NodeClock(world) { Life = life };
            _wire.Home = life;
            var setup = new MembershipSetup(new NodeId(1), Three, SwimOptions.Lan, keys, "1.0", TimeSpan.FromSeconds(10));
            var loop = new MembershipLoop(setup, new MemoryStore(), new NoPeers(), _wire, clock, new Random(1), _log);
            await life.RunAsync(
                async () =>
                {
                    await loop.StartAsync(CancellationToken.None);
                    return true;
                },
                whenGone: false);
            await world.SettleAsync();
            Assert.NotNull(loop.View);
            await test(world, loop);
        });
    }

    private sealed class Wire : IGossipTransport
    {
        private GossipReceiver? _receiver;

        public SynchronizationContext? Home { get; set; }

        public void Receive(Endpoint from, byte[] packet) => _receiver!(from, packet);

        public ValueTask StartAsync(GossipReceiver receiver, CancellationToken cancellationToken)
        {
            _receiver = receiver;
            return ValueTask.CompletedTask;
        }

        public int Sent { get; private set; }

        public void Send(Endpoint to, ReadOnlySpan<byte> packet)
        {
            Sent++;
            Assert.InRange(packet.Length, 1, 1400);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class NoPeers : IPeers
    {
        public ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken) => new(new PeerReply.Unreachable("nobody"));

        public PeerHealth Health(NodeId node) => default;
    }
}
