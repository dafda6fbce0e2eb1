using Toystore.Core.Membership;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Node.Membership;

/// <summary>Keys are changed in whole nodes that run, talk, stop and start. No gap: nobody gets a packet that it cannot read. No false death: nobody who runs is ever held dead.</summary>
public sealed class KeyRotationWorldTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly string A = Secret(1);
    private static readonly string B = Secret(2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_key_is_changed_with_a_restart_between_the_steps_and_no_packet_is_unreadable(int seed) => Run(seed, [A], async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        foreach (var (step, key, restarted) in ((string, string, int)[])[("add", B, 1), ("use", Print(B), 2), ("remove", Print(A), 3)])
        {
            var report = await ChangeAsync(world.Nodes[restarted - 1], step, key);
            Assert.True(report.Done, report.Summary);
            await world.Loop.PassAsync(7 * Second);
            await RestartAsync(world.Nodes[restarted]);
            await world.Loop.PassAsync(7 * Second);
            AssertAllAlive(world);
            Assert.All(world.Nodes, node => Assert.Equal(0, Refused(node)));
        }

        Assert.All(world.Nodes, node => Assert.Equal(Print(B), Ring(node).ToString()));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_cluster_that_goes_in_the_clear_gets_its_first_key_without_a_stop_and_without_a_gap(int seed) => Run(seed, [], async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        foreach (var (step, key) in ((string, string)[])[("add", A), ("use", Print(A))])
        {
            var report = await ChangeAsync(world.Nodes[0], step, key);
            Assert.True(report.Done, report.Summary);
            await world.Loop.PassAsync(10 * Second);
            await RestartAsync(world.Nodes[2]);
            await world.Loop.PassAsync(10 * Second);
            AssertAllAlive(world);
            Assert.All(world.Nodes, node => Assert.Equal(0, Refused(node)));
        }

        Assert.All(world.Nodes, node => Assert.Equal((true, false), (Ring(node).Seals, Ring(node).TakesOpen)));
    });

    /// <summary>As if the one who changes the keys were called away after each member: the next one is told seconds later, and all of them talk meanwhile.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Halfway_through_any_step_every_packet_is_readable(bool isFirst) => Run(1, isFirst ? [] : [A], async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        foreach (var step in isFirst ? (KeyStep[])[KeyStep.Add, KeyStep.Use, KeyStep.Close] : [KeyStep.Add, KeyStep.Use, KeyStep.Remove])
        {
            foreach (var node in world.Nodes)
            {
                Assert.True(ClusterKey.TryParse(B, out var key));
                var keeper = node.Engine!.Membership!.Keys;
                var order = new KeyOrder(step, node.Id, node.Id, Guid.Empty) { Expected = keeper.Ring.Revision, Fingerprint = step == KeyStep.Remove ? Print(A) : Print(B), Key = step == KeyStep.Add ? key : null };
                var answer = await node.Life!.RunAsync(async () => await keeper.DoAsync(order, CancellationToken.None), null!);
                Assert.Equal((KeyEnd.Done, ""), (answer.End, answer.Problem));
                await world.Loop.PassAsync(3 * Second);
                Assert.All(world.Nodes, each => Assert.Equal(0, Refused(each)));
            }
        }

        await world.Loop.PassAsync(60 * Second);
        AssertAllAlive(world);
        Assert.All(world.Nodes, node => Assert.Equal((Print(B), true, false), (Ring(node).ToString(), Ring(node).Seals, Ring(node).TakesOpen)));
    });

    [Fact]
    public void A_step_that_does_not_reach_all_says_whom_it_did_not_reach_and_is_taken_again() => Run(1, [A], async world =>
    {
        var (asked, away) = (world.Nodes[0], world.Nodes[3]);
        await world.Loop.PassAsync(5 * Second);
        away.Kill(powerLoss: true);
        await world.Loop.PassAsync(Second);
        var report = await ChangeAsync(asked, "add", B);
        Assert.False(report.Done);
        Assert.Contains("n4: ", report.Summary);
        Assert.Contains("run the same command again", report.Summary);
        Assert.NotNull(report.Members[3].Problem);

        report = await ChangeAsync(asked, "use", Print(B));
        Assert.False(report.Done);
        Assert.StartsWith("Nothing has changed. n4: ", report.Summary);
        Assert.All(world.Nodes.Take(3), node => Assert.Equal($"{Print(A)}, {Print(B)}", Ring(node).ToString()));

        await away.StartAsync();
        await world.Loop.PassAsync(Second);
        Assert.True((await ChangeAsync(asked, "add", B)).Done);
        Assert.True((await ChangeAsync(asked, "use", Print(B))).Done);
        report = await ChangeAsync(asked, "remove", Print(B));
        Assert.False(report.Done);
        Assert.Contains("n1, n2, n3, n4, n5 seal with", report.Summary);
        Assert.True((await ChangeAsync(asked, "remove", Print(A))).Done);
        await world.Loop.PassAsync(10 * Second);
        AssertAllAlive(world);
    });

    /// <summary>At each step another member is away, and comes back behind the others.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Who_was_away_at_a_step_gets_the_keys_when_it_is_back_and_nobody_else_notices(int seed) => Run(seed, [A], async world =>
    {
        var asked = world.Nodes[0];
        await world.Loop.PassAsync(5 * Second);
        foreach (var (step, key, victim) in ((string, string, int)[])[("add", B, 1), ("use", Print(B), 2), ("remove", Print(A), 3)])
        {
            var away = world.Nodes[victim];
            away.Kill(powerLoss: true);
            await world.Loop.PassAsync(Second);
            var report = await ChangeAsync(asked, step, key, away.Id.ToString());
            Assert.True(report.Done, report.Summary);
            await world.Loop.PassAsync(20 * Second);
            await away.StartAsync();
            await world.Loop.PassAsync(15 * Second);
            AssertAllAlive(world);
            Assert.Equal(Ring(asked), Ring(away));
            Assert.All(world.Nodes.Where(node => node != away), node => Assert.Equal(0, Refused(node)));
        }
    });

    [Fact]
    public void Who_missed_the_whole_change_says_so_with_both_fingerprints_and_is_mended_by_adding_the_key_there()
    {
        var world = World(1, [A]);
        world.Loop.Run(async () =>
        {
            await world.StartAllAsync();
            var away = world.Nodes[4];
            await world.Loop.PassAsync(5 * Second);
            away.Kill(powerLoss: true);
            await world.Loop.PassAsync(Second);
            foreach (var (step, key) in ((string, string)[])[("add", B), ("use", Print(B)), ("remove", Print(A))])
            {
                Assert.True((await ChangeAsync(world.Nodes[0], step, key, "n5")).Done);
            }

            await away.StartAsync();
            await world.Loop.PassAsync(20 * Second);
            Assert.Equal(Print(A), Ring(away).ToString());
            Assert.All(world.Nodes.Take(4), node => Assert.All(world.Nodes.Take(4), other => Assert.Equal(MemberState.Alive, StateOf(node, other))));

            var report = await ChangeAsync(away, "add", B);
            Assert.True(report.Done, report.Summary);
            Assert.Equal(Print(B), Ring(away).ToString());
            await world.Loop.PassAsync(20 * Second);
            AssertAllAlive(world);
        });

        var complaint = world.Violations.First!.ToString();
        Assert.Contains($"it has {Print(B)} and here is {Print(A)}", complaint);
        Assert.Contains("toystore keys add", complaint);
    }

    [Fact]
    public void Who_has_an_empty_disk_gets_the_keys_as_long_as_the_configured_one_is_still_held() => Run(1, [A], async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        Assert.True((await ChangeAsync(world.Nodes[0], "add", B)).Done);
        Assert.True((await ChangeAsync(world.Nodes[0], "use", Print(B))).Done);
        world.Nodes[3].Kill(powerLoss: true);
        world.Nodes[3].Wipe();
        await world.Nodes[3].StartAsync();
        await world.Loop.PassAsync(15 * Second);
        AssertAllAlive(world);
        Assert.Equal($"{Print(B)}, {Print(A)}", Ring(world.Nodes[3]).ToString());
    });

    [Fact]
    public void The_list_says_what_each_member_has_and_whether_they_agree() => Run(1, [], async world =>
    {
        await world.Loop.PassAsync(5 * Second);
        var report = await ListAsync(world.Nodes[1]);
        Assert.True(report.Done);
        Assert.Contains("in the clear", report.Summary);
        Assert.True((await ChangeAsync(world.Nodes[1], "add", A)).Done);
        Assert.True((await ChangeAsync(world.Nodes[1], "use", Print(A))).Done);
        report = await ListAsync(world.Nodes[4]);
        Assert.Equal($"Every member seals with {Print(A)}.", report.Summary);
        Assert.Equal(["n1", "n2", "n3", "n4", "n5"], report.Members.Select(member => member.Id));
        Assert.All(report.Members, member => Assert.Equal((Print(A), true, false, null), (Assert.Single(member.Keys!), member.Seals, member.TakesOpen, member.Problem)));
        world.Nodes[0].Kill(powerLoss: false);
        await world.Loop.PassAsync(Second);
        report = await ListAsync(world.Nodes[4]);
        Assert.False(report.Done);
        Assert.StartsWith("n1: ", report.Summary);
    });

    [Theory]
    [InlineData("add", "no key at all", "Base64")]
    [InlineData("use", "xyz", "fingerprint")]
    [InlineData("burn", "00000000", "add, use or remove")]
    public void A_change_that_makes_no_sense_says_what_would(string step, string key, string expected) => Run(1, [A], async world =>
    {
        await world.Loop.PassAsync(Second);
        var report = await ChangeAsync(world.Nodes[0], step, key);
        Assert.False(report.Done);
        Assert.Contains(expected, report.Summary);
        Assert.DoesNotContain("no key at all", report.Summary);
    });

    [Fact]
    public void No_secret_gets_into_a_log() => Run(1, [A], async world =>
    {
        await world.Loop.PassAsync(Second);
        var change = new KeyChange("add", B);
        Assert.Equal("add", change.ToString());
        Assert.True((await ChangeAsync(world.Nodes[0], "add", B)).Done);
        Assert.True((await ChangeAsync(world.Nodes[0], "use", Print(B))).Done);
        await world.Loop.PassAsync(5 * Second);
    }, line => Assert.DoesNotContain(B, line, StringComparison.Ordinal));

    private static string Secret(byte fill) => Convert.ToBase64String([.. Enumerable.Repeat(fill, 32)]);

    private static string Print(string secret) => ClusterKey.TryParse(secret, out var key) ? key!.Fingerprint : throw new ArgumentException("no key", nameof(secret));

    private static long Refused(SimulatedNode node) => node.Engine!.Membership!.Read(figures => figures.Counts.RefusedAll, -1);

    private static KeyRing Ring(SimulatedNode node) => node.Engine!.Membership!.Keys.Ring;

    private static async Task<KeysReport> ChangeAsync(SimulatedNode node, string step, string key, params string[] without) =>
        await node.Life!.RunAsync(async () => await node.Engine!.Keys!.ChangeKeysAsync(new KeyChange(step, key, without)), null!);

    private static async Task<KeysReport> ListAsync(SimulatedNode node) => await node.Life!.RunAsync(async () => await node.Engine!.Keys!.KeysAsync(), null!);

    private static async Task RestartAsync(SimulatedNode node)
    {
        node.Kill(powerLoss: true);
        await node.StartAsync();
    }

    private static MemberState? StateOf(SimulatedNode node, SimulatedNode other) => node.Engine!.Membership!.View!.Members.FirstOrDefault(member => member.Node == other.Id)?.State;

    private static void AssertAllAlive(World world) =>
        Assert.All(world.Nodes, node => Assert.All(world.Nodes, other => Assert.Equal(MemberState.Alive, StateOf(node, other))));

    private static World World(int seed, string[] configured, Action<string>? listener = null)
    {
        var shape = new Shape { Members = 5 };
        var ring = KeyRing.Empty;
        foreach (var secret in configured)
        {
            Assert.True(ClusterKey.TryParse(secret, out var key) && ring.Add(key!, out ring));
        }

        return new World((ulong)seed, shape, listener) { Setup = Topologies.Of(shape) with { Keys = ring } };
    }

    private static void Run(int seed, string[] configured, Func<World, Task> scenario, Action<string>? listener = null)
    {
        var deaths = new List<string>();
        World? world = null;
        world = World(seed, configured, line =>
        {
            listener?.Invoke(line);
            if (line.Contains(" 1103: ", StringComparison.Ordinal) && world!.Nodes.Exists(node => node.IsUp && line.Contains($": {node.Id} is held dead", StringComparison.Ordinal)))
            {
                deaths.Add(line);
            }
        });
        world.Loop.Run(async () =>
        {
            await world.StartAllAsync();
            await scenario(world);
        });
        Assert.Empty(deaths);
        Assert.Null(world.Violations.First);
    }
}
