using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Hints;

/// <summary>Five nodes, N = 3, W = 2; the owner that is away is the last one of the key "key".</summary>
public sealed class HintDeliveryTests
{
    private static readonly Key K = "key";

    [Fact]
    public void When_an_owner_is_back_it_gets_what_it_missed_and_nobody_keeps_it_any_longer() => Run(async (cluster, away, holder) =>
    {
        cluster.Crash(away);
        for (var i = 0; i < 300; i++)
        {
            await cluster.PutAsync(cluster.OwnersOf(K)[0], $"{{key}}{i}", $"v{i}");
        }

        Assert.Equal(300, HintsAt(cluster, holder));
        await cluster.StartAsync(away);
        await cluster.PassAsync(10_000);
        Assert.Equal(0, HintsAt(cluster, holder));
        Assert.Equal(300, await CountAsync(cluster, away));
        Assert.Equal(300, (await cluster.Nodes[holder].Engine.View.StatusAsync()).Members[holder].Node!.HintsDelivered);
    });

    [Fact]
    public void A_hint_is_kept_until_its_owner_has_it_on_its_disk() => Run(async (cluster, away, holder) =>
    {
        cluster.Crash(away);
        await cluster.PutAsync(cluster.OwnersOf(K)[0], K, "v");
        await cluster.StartAsync(away);
        cluster.Nodes[away].Store.HoldWrites();
        await cluster.PassAsync(5_000);
        Assert.NotEmpty(cluster.Nodes[away].Store.Asked);
        Assert.Equal(1, HintsAt(cluster, holder));
        Assert.NotEqual(0UL, cluster.Nodes[holder].Engine.Hints.SlotsWithHints()![Slot.Of(K).Index / 64]);
        cluster.Nodes[away].Store.ReleaseWrites();
        await cluster.PassAsync(15_000);
        Assert.Equal(0, HintsAt(cluster, holder));
        Assert.Equal(1, await CountAsync(cluster, away));
    });

    [Fact]
    public void An_owner_whose_disk_is_full_gets_its_hints_when_there_is_room() => Run(async (cluster, away, holder) =>
    {
        cluster.Crash(away);
        await cluster.PutAsync(cluster.OwnersOf(K)[0], K, "v");
        await cluster.StartAsync(away);
        cluster.Nodes[away].Store.Rule = static _ => StoreWrite.Full;
        await cluster.PassAsync(30_000);
        Assert.Equal(1, HintsAt(cluster, holder));
        cluster.Nodes[away].Store.Rule = static _ => StoreWrite.Done;
        await cluster.PassAsync(60_000);
        Assert.Equal(0, HintsAt(cluster, holder));
    });

    [Fact]
    public void Hints_outlive_the_process_that_keeps_them() => Run(async (cluster, away, holder) =>
    {
        cluster.Crash(away);
        await cluster.PutAsync(cluster.OwnersOf(K)[0], K, "v");
        cluster.Crash(holder);
        await cluster.StartAsync(holder);
        await cluster.PassAsync(1_000);
        Assert.Equal(1, HintsAt(cluster, holder));
        await cluster.StartAsync(away);
        await cluster.PassAsync(10_000);
        Assert.Equal(0, HintsAt(cluster, holder));
        Assert.Equal(1, await CountAsync(cluster, away));
    });

    [Fact]
    public void Nothing_is_sent_to_an_owner_that_is_still_away_and_nothing_at_all_without_hints() => Run(async (cluster, away, holder) =>
    {
        cluster.Fabric.Sent.Clear();
        await cluster.PassAsync(60_000);
        Assert.Empty(cluster.Fabric.Sent);
        cluster.Crash(away);
        await cluster.PutAsync(cluster.OwnersOf(K)[0], K, "v");
        cluster.Fabric.Sent.Clear();
        await cluster.PassAsync(60_000);
        Assert.Empty(cluster.Fabric.Sent);
        Assert.Equal(1, HintsAt(cluster, holder));
    });

    [Fact]
    public void Who_has_more_than_a_page_asks_for_room_for_each() => Run(async (cluster, away, holder) =>
    {
        cluster.Crash(away);
        for (var i = 0; i < 300; i++)
        {
            await cluster.PutAsync(cluster.OwnersOf(K)[0], $"{{key}}{i}", $"v{i}");
        }

        await cluster.StartAsync(away);
        await cluster.PassAsync(10_000);
        var asked = cluster.Fabric.Sent.Select(sent => sent.Request).OfType<PeerRequest.AskRoom>().ToList();
        Assert.Equal([.. Enumerable.Repeat(16, 18), 12], asked.Select(ask => ask.Hints));
    });

    [Fact]
    public void While_hints_are_brought_nobody_looks_for_what_they_bring() => Run(async (cluster, away, holder) =>
    {
        await MissAsync(cluster, away, 300, bytesPerSecond: 20_000);
        var seconds = 0;
        for (; HintsAt(cluster, holder) > 0; seconds++)
        {
            Assert.Null(await BeganAsync(cluster, away, holder));
            await cluster.PassAsync(1_000);
        }

        Assert.InRange(seconds, 15, 100);
        await cluster.PassAsync(5_000);
        Assert.NotNull(await BeganAsync(cluster, away, holder));
    });

    [Fact]
    public void Where_hints_are_brought_all_the_time_one_looks_all_the_same() => Run(async (cluster, away, holder) =>
    {
        await MissAsync(cluster, away, 1_500, bytesPerSecond: 1);
        await cluster.PassAsync(595_000);
        Assert.Null(await BeganAsync(cluster, away, holder));
        await cluster.PassAsync(15_000);
        Assert.NotNull(await BeganAsync(cluster, away, holder));
        Assert.InRange(HintsAt(cluster, holder), 1, 1_499);
    });

    [Fact]
    public void Who_has_hints_tells_how_much_its_own_clients_leave_it()
    {
        Assert.Equal(1, FirstShare(clients: 400)); // of 64: what work begins with
        Assert.True(FirstShare(clients: 0) > 1); // nobody would notice

        static int FirstShare(int clients)
        {
            var share = 0;
            Run(async (cluster, away, holder) =>
            {
                cluster.Crash(away);
                await cluster.PutAsync(cluster.OwnersOf(K)[0], K, "v");
                await cluster.PassAsync(10_000);
                await cluster.StartAsync(away);
                for (var i = 0; i < clients; i++)
                {
                    await cluster.PutAsync(holder, $"other{i}", "v");
                }

                await cluster.PassAsync(10_000);
                share = cluster.Fabric.Sent.Select(sent => sent.Request).OfType<PeerRequest.AskRoom>().First().Share;
            });
            return share;
        }
    }

    [Fact]
    public void What_does_not_count_is_dropped_when_it_is_too_old_and_its_slot_is_named_for_repair() => Run(async (cluster, away, holder) =>
    {
        var missed = new List<(NodeId Target, Slot Slot)>();
        cluster.Nodes[holder].Engine.Hints.Missed += (target, slot) => missed.Add((target, slot));
        cluster.Crash(away);
        await cluster.PutAsync(cluster.OwnersOf(K)[0], "{key}counted", "v");
        Assert.IsType<WriteOutcome.Done>(await cluster[cluster.OwnersOf(K)[0]].PutAsync("{key}strict", TestCluster.Value("v"), new WriteOptions { Sloppy = false }));
        await cluster.PassAsync(1_000);
        Assert.Equal(2, HintsAt(cluster, holder));
        await cluster.PassAsync(TimeSpan.FromHours(26).TotalMilliseconds);
        Assert.Equal(1, HintsAt(cluster, holder));
        Assert.Equal([(cluster.Nodes[away].Id, Slot.Of(K))], missed);
        await cluster.StartAsync(away);
        await cluster.PassAsync(10_000);
        Assert.Equal(2, await CountAsync(cluster, away)); // one by its hint, the other by an exchange
    });

    [Fact]
    public void Hints_for_who_does_not_own_the_slot_go_to_those_who_do() => Run(async (cluster, away, holder) =>
    {
        var stranger = new NodeId(0xbeef);
        var source = cluster.OwnersOf(K)[0];
        await cluster.PutAsync(source, K, "v");
        await Pump.SettleAsync();
        var read = await cluster.Nodes[source].Store.Kept.GetAsync(StoreKey.Data(K), CancellationToken.None);
        Assert.True(RecordFormat.TryDecode(StoreKey.Data(K), read.Bytes, out var container, out _));
        await cluster.StartWithAsync(away, null);
        Assert.Equal(0, await CountAsync(cluster, away));
        await cluster.Nodes[holder].Engine.Hints.KeepAsync(stranger, K, container, Durability.Fsync, counts: true);
        await cluster.PassAsync(10_000);
        Assert.Empty(cluster.Nodes[holder].Engine.Hints.Tallies());
        Assert.Equal(1, await CountAsync(cluster, away));
    });

    [Fact]
    public void A_hint_for_who_is_no_member_any_more_is_kept_for_the_owner_that_cannot_take_it_now() => Run(async (cluster, away, holder) =>
    {
        var source = cluster.OwnersOf(K)[0];
        await cluster.PutAsync(source, K, "v");
        await Pump.SettleAsync();
        var read = await cluster.Nodes[source].Store.Kept.GetAsync(StoreKey.Data(K), CancellationToken.None);
        Assert.True(RecordFormat.TryDecode(StoreKey.Data(K), read.Bytes, out var container, out _));
        cluster.Crash(away);
        await cluster.Nodes[holder].Engine.Hints.KeepAsync(new NodeId(0xbeef), K, container, Durability.Fsync, counts: true);
        await cluster.PassAsync(10_000);
        Assert.Equal([cluster.Nodes[away].Id], cluster.Nodes[holder].Engine.Hints.Tallies().Select(tally => tally.Target));
    });

    private static void Run(Func<TestCluster, int, int, Task> scenario) => TestCluster.Run(new ClusterShape(Members: 5), async cluster =>
    {
        var standIns = cluster.Nodes[0].Engine.Snapshot.Ring.PreferenceList(Slot.Of(K)).StandIns.GetEnumerator();
        Assert.True(standIns.MoveNext());
        await scenario(cluster, cluster.OwnersOf(K)[2], cluster.Nodes.FindIndex(node => node.Id == standIns.Current));
    });

    // An owner is back, and takes what it missed at this rate.
    private static async Task MissAsync(TestCluster cluster, int away, int keys, long bytesPerSecond)
    {
        cluster.Crash(away);
        for (var i = 0; i < keys; i++)
        {
            await cluster.PutAsync(cluster.OwnersOf(K)[0], $"{{key}}{i}", $"v{i}");
        }

        await cluster.PassAsync(2_000);
        await cluster.StartAsync(away);
        cluster.Nodes[away].Engine.HintRoom.BytesPerSecond = bytesPerSecond;
    }

    // How long ago who has hints began to compare with the owner that was away.
    private static async Task<double?> BeganAsync(TestCluster cluster, int away, int holder) =>
        (await cluster.Nodes[holder].Engine.View.RepairAsync()).Members[holder].Peers.Single(peer => peer.Id == cluster.Nodes[away].Id.ToString()).BeganSeconds;

    private static long HintsAt(TestCluster cluster, int holder) => cluster.Nodes[holder].Engine.Hints.Tallies().Sum(tally => tally.Count);

    private static async Task<int> CountAsync(TestCluster cluster, int node) =>
        (await cluster.Nodes[node].Store.Kept.ScanAsync(StoreArea.Data, default, null, new Slot(Slot.Count - 1), 1000, int.MaxValue, CancellationToken.None)).Records.Count;
}
