using System.Text;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

/// <summary>Six nodes, N = 3, R = W = 2. In each test the coordinator is the key's first owner, unless it says otherwise.</summary>
public sealed class SloppyTests
{
    private static readonly ClusterShape Six = new(Members: 6);
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(200);

    [Fact]
    public void For_a_dead_owner_the_first_stand_in_takes_the_write_at_once_and_counts() => Run(async (cluster, at) =>
    {
        cluster.Crash(at.Owners[2]);
        var done = Assert.IsType<WriteOutcome.Done>(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 3 }));
        Assert.Equal((3, 1), (done.Copies, done.StandIns));
        Assert.Equal(1, HintsAt(cluster, at.StandIns[0], at.Owners[2]));
        Assert.Equal(2, cluster.Fabric.Sent.Count(sent => sent.Request is PeerRequest.Store && sent.To != cluster.Nodes[at.Owners[2]].Id));
    });

    [Fact]
    public void An_owner_that_turns_out_to_be_unreachable_is_replaced_then() => Run(async (cluster, at) =>
    {
        cluster.Link(at.Owners[0], at.Owners[1]).Rule = static _ => Passage.Refuse;
        cluster.Link(at.Owners[0], at.Owners[2]).Rule = static _ => Passage.Refuse;
        var done = Assert.IsType<WriteOutcome.Done>(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 3 }));
        Assert.Equal((3, 2), (done.Copies, done.StandIns));
        Assert.Equal((1, 1), (HintsAt(cluster, at.StandIns[0], at.Owners[1]), HintsAt(cluster, at.StandIns[1], at.Owners[2])));
    });

    [Fact]
    public void A_connection_that_breaks_is_tried_once_more_before_its_owner_counts_as_lost() => Run(async (cluster, at) =>
    {
        var calls = 0;
        cluster.Link(at.Owners[0], at.Owners[1]).Rule = request => request is PeerRequest.Store && calls++ == 0 ? Passage.BreakBefore : Passage.Deliver;
        var done = Assert.IsType<WriteOutcome.Done>(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 3 }));
        Assert.Equal((3, 0), (done.Copies, done.StandIns));
    });

    [Fact]
    public void If_the_owner_is_gone_after_its_connection_broke_the_stand_in_counts() => Run(async (cluster, at) =>
    {
        var calls = 0;
        cluster.Link(at.Owners[0], at.Owners[1]).Rule = _ => calls++ == 0 ? Passage.BreakBefore : Passage.Refuse;
        var done = Assert.IsType<WriteOutcome.Done>(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 3 }));
        Assert.Equal((3, 1), (done.Copies, done.StandIns));
    });

    [Fact]
    public void Two_owners_are_never_replaced_by_one_member() => Run(async (cluster, at) =>
    {
        cluster.Crash(at.Owners[1]);
        cluster.Crash(at.Owners[2]);
        cluster.Crash(at.StandIns[0]);
        cluster.Crash(at.StandIns[1]);
        var outcome = await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 3 });
        Assert.Equal(NotDoneReason.Unavailable, Assert.IsType<WriteOutcome.NotDone>(outcome).Reason);
        Assert.Equal((2, 1), Copies(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 2 })));
    });

    [Fact]
    public void A_stand_in_that_refuses_is_replaced_by_the_next() => Run(async (cluster, at) =>
    {
        cluster.Crash(at.Owners[2]);
        cluster.Nodes[at.StandIns[0]].Store.Rule = static _ => StoreWrite.Full;
        cluster.Link(at.Owners[0], at.StandIns[1]).Rule = static _ => Passage.Refuse;
        Assert.Equal((3, 1), Copies(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 3 })));
        Assert.Equal(1, HintsAt(cluster, at.StandIns[2], at.Owners[2]));
    });

    [Fact]
    public void The_stand_in_of_an_owner_that_is_merely_slow_does_not_count_and_keeps_it_all_the_same() => Run(async (cluster, at) =>
    {
        cluster.Link(at.Owners[0], at.Owners[1]).Rule = static _ => Passage.LoseRequest;
        cluster.Link(at.Owners[0], at.Owners[2]).Rule = static _ => Passage.LoseRequest;
        var outcome = await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { Timeout = Quick });
        Assert.Equal(1, Assert.IsType<WriteOutcome.Unknown>(outcome).Got);
        await cluster.PassAsync(100);
        Assert.Equal((1, 1), (HintsAt(cluster, at.StandIns[0], at.Owners[1]), HintsAt(cluster, at.StandIns[0], at.Owners[2])));
        Assert.False(await CountsAsync(cluster, at, at.StandIns[0], at.Owners[1]));
    });

    [Fact]
    public void An_owner_that_answers_after_the_write_was_done_gets_no_hint() => Run(async (cluster, at) =>
    {
        cluster.Link(at.Owners[0], at.Owners[2]).Delay = static () => TimeSpan.FromMilliseconds(50);
        await cluster.PutAsync(at.Owners[0], at.Key, "v");
        await cluster.PassAsync(5000);
        Assert.Equal(0, AllHints(cluster));
    });

    [Fact]
    public void What_was_not_done_is_kept_for_nobody() => Run(async (cluster, at) =>
    {
        cluster.Nodes[at.Owners[0]].Store.HoldWrites();
        cluster.Nodes[at.Owners[0]].Store.Rule = static _ => StoreWrite.Full;
        cluster.Link(at.Owners[0], at.Owners[1]).Rule = static _ => Passage.Refuse;
        cluster.Link(at.Owners[0], at.Owners[2]).Rule = static _ => Passage.Refuse;
        var writing = cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { Sloppy = false, Timeout = Quick }).AsTask();
        await Pump.SettleAsync();
        cluster.Nodes[at.Owners[0]].Store.ReleaseWrites();
        Assert.IsType<WriteOutcome.NotDone>(await writing);
        await cluster.PassAsync(5000);
        Assert.Equal(0, AllHints(cluster));
    });

    [Fact]
    public void A_strict_write_counts_owners_only_and_keeps_what_they_missed() => Run(async (cluster, at) =>
    {
        cluster.Crash(at.Owners[2]);
        var outcome = await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { W = 3, Sloppy = false });
        Assert.Equal(NotDoneReason.Unavailable, Assert.IsType<WriteOutcome.NotDone>(outcome).Reason);
        Assert.Equal((2, 0), Copies(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { Sloppy = false })));
        await Pump.SettleAsync();
        Assert.Equal(1, HintsAt(cluster, at.StandIns[0], at.Owners[2]));
        Assert.False(await CountsAsync(cluster, at, at.StandIns[0], at.Owners[2]));
    });

    [Fact]
    public void A_conditional_write_is_strict_always() => Run(async (cluster, at) =>
    {
        cluster.Crash(at.Owners[1]);
        cluster.Crash(at.Owners[2]);
        var outcome = await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { Precondition = new Precondition.Absent(), Sloppy = true });
        Assert.IsType<WriteOutcome.NotDone>(outcome);
        Assert.Equal(0, AllHints(cluster));
    });

    [Fact]
    public void With_nobody_to_stand_in_the_coordinator_keeps_it_itself_and_that_counts_for_nothing() => TestCluster.Run(async cluster =>
    {
        cluster.Crash(2);
        Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { W = 3 }));
        Assert.Equal((2, 0), Copies(await cluster[0].PutAsync("k", TestCluster.Value("v"))));
        await Pump.SettleAsync();
        Assert.Equal(1, HintsAt(cluster, 0, 2));
        await cluster.StartAsync(2);
        await cluster.PassAsync(10_000);
        Assert.Equal(0, AllHints(cluster));
        Assert.Equal("v", await HeldAsync(cluster, 2, "k"));
    });

    [Fact]
    public void A_healthy_cluster_sends_no_more_than_it_did() => Run(async (cluster, at) =>
    {
        cluster.Fabric.Sent.Clear();
        await cluster.PutAsync(at.Owners[0], at.Key, "v");
        Assert.Equal(2, cluster.Fabric.Sent.Count);
        await cluster.ReadAsync(at.Owners[0], at.Key);
        Assert.Equal(3, cluster.Fabric.Sent.Count);
        Assert.Equal(0, AllHints(cluster));
    });

    [Fact]
    public void A_read_asks_stand_ins_when_too_few_owners_can_be_reached() => Run(async (cluster, at) =>
    {
        cluster.Crash(at.Owners[1]);
        cluster.Crash(at.Owners[2]);
        await cluster.PutAsync(at.Owners[0], at.Key, "v");
        var found = Assert.IsType<ReadOutcome.Found>(await cluster[at.Owners[0]].GetAsync(at.Key));
        Assert.Equal(("v", 1), (TestCluster.Text(found), found.StandIns));
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[at.Owners[0]].GetAsync(at.Key, new ReadOptions { Sloppy = false }));
    });

    [Fact]
    public void A_read_whose_owners_differ_says_so_when_a_stand_in_was_given_what_it_shows() => Run(async (cluster, at) =>
    {
        cluster.Link(at.Owners[0], at.Owners[1]).Rule = static _ => Passage.Refuse;
        cluster.Crash(at.Owners[2]);
        Assert.IsType<WriteOutcome.Unknown>(await cluster[at.Owners[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { Sloppy = false, Timeout = Quick }));
        cluster.Link(at.Owners[0], at.Owners[1]).Rule = static _ => Passage.Deliver;
        cluster.Nodes[at.Owners[1]].Store.Rule = static _ => StoreWrite.Full;
        var found = Assert.IsType<ReadOutcome.Found>(await cluster[at.Owners[0]].GetAsync(at.Key));
        Assert.Equal(("v", 1), (TestCluster.Text(found), found.StandIns));
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[at.Owners[0]].GetAsync(at.Key, new ReadOptions { Sloppy = false }));
    });

    [Fact]
    public void That_stand_ins_have_nothing_is_no_answer() => Run(async (cluster, at) =>
    {
        cluster.Crash(at.Owners[1]);
        cluster.Crash(at.Owners[2]);
        var unavailable = Assert.IsType<ReadOutcome.Unavailable>(await cluster[at.Owners[0]].GetAsync(at.Key));
        Assert.Equal(1, unavailable.Got);
    });

    [Fact]
    public void A_value_that_only_a_stand_in_has_is_shown_and_given_to_the_owners_that_are_there() => Run(async (cluster, at) =>
    {
        await cluster.PutAsync(at.Owners[0], at.Key, "old");
        cluster.Crash(at.Owners[0]);
        cluster.Crash(at.Owners[1]);
        await cluster.PutAsync(at.Owners[2], at.Key, "new");
        cluster.Crash(at.Owners[2]);
        await cluster.StartAsync(at.Owners[0]);
        Assert.Equal("new,old", await cluster.ReadAsync(at.Owners[0], at.Key));
        await Pump.SettleAsync();
        Assert.Equal("new,old", await HeldAsync(cluster, at.Owners[0], at.Key));
    });

    [Fact]
    public void If_no_owner_can_be_reached_a_stand_in_coordinates_and_any_node_reads_it() => Run(async (cluster, at) =>
    {
        foreach (var owner in at.Owners)
        {
            cluster.Crash(owner);
        }

        var done = Assert.IsType<WriteOutcome.Done>(await cluster[at.StandIns[2]].PutAsync(at.Key, TestCluster.Value("v")));
        Assert.Equal(done.Copies, done.StandIns);
        await Pump.SettleAsync();
        Assert.Equal((1, 1, 1), (AllHints(cluster, at.StandIns[0]), AllHints(cluster, at.StandIns[1]), AllHints(cluster, at.StandIns[2])));
        foreach (var standIn in at.StandIns)
        {
            var found = Assert.IsType<ReadOutcome.Found>(await cluster[standIn].GetAsync(at.Key));
            Assert.Equal(("v", 2), (TestCluster.Text(found), found.StandIns));
        }

        Assert.IsType<WriteOutcome.NotDone>(await cluster[at.StandIns[0]].PutAsync(at.Key, TestCluster.Value("v"), new WriteOptions { Sloppy = false }));
    });

    [Fact]
    public void Writes_that_stand_ins_coordinated_are_siblings_or_replace_each_other_as_their_contexts_say() => Run(async (cluster, at) =>
    {
        foreach (var owner in at.Owners)
        {
            cluster.Crash(owner);
        }

        await cluster.PutAsync(at.StandIns[0], at.Key, "a");
        await cluster.PutAsync(at.StandIns[1], at.Key, "b");
        var read = await cluster[at.StandIns[2]].GetAsync(at.Key);
        Assert.Equal("a,b", TestCluster.Text(read));
        await cluster.PutAsync(at.StandIns[1], at.Key, "c", TestCluster.ContextOf(read));
        Assert.Equal("c", await cluster.ReadAsync(at.StandIns[0], at.Key));
        foreach (var owner in at.Owners)
        {
            await cluster.StartAsync(owner);
        }

        await cluster.PassAsync(10_000);
        Assert.Equal(0, AllHints(cluster));
        Assert.Equal("c", await cluster.ReadAsync(at.Owners[1], at.Key, r: 3));
    });

    [Fact]
    public void A_blind_write_at_a_stand_in_after_its_hints_were_delivered_erases_nothing() => Run(async (cluster, at) =>
    {
        Isolate(cluster, at.Owners);
        await cluster.PutAsync(at.StandIns[0], at.Key, "first");
        cluster.Heal();
        await cluster.PassAsync(10_000);
        Assert.Equal(0, AllHints(cluster));
        Isolate(cluster, at.Owners);
        await cluster.PutAsync(at.StandIns[0], at.Key, "second");
        cluster.Heal();
        await cluster.PassAsync(10_000);
        Assert.Equal("first,second", await cluster.ReadAsync(at.Owners[0], at.Key, r: 3));
    });

    [Fact]
    public void A_deleted_key_is_deleted_past_dead_owners_too() => Run(async (cluster, at) =>
    {
        await cluster.PutAsync(at.Owners[0], at.Key, "v");
        await Pump.SettleAsync();
        cluster.Crash(at.Owners[1]);
        cluster.Crash(at.Owners[2]);
        var read = await cluster[at.Owners[0]].GetAsync(at.Key, new ReadOptions { R = 1 });
        Assert.IsType<WriteOutcome.Done>(await cluster[at.Owners[0]].DeleteAsync(at.Key, new WriteOptions { Context = TestCluster.ContextOf(read) }));
        Assert.Equal("-", await cluster.ReadAsync(at.Owners[0], at.Key));
        await cluster.StartAsync(at.Owners[1]);
        await cluster.StartAsync(at.Owners[2]);
        await cluster.PassAsync(10_000);
        Assert.Equal("-", await HeldAsync(cluster, at.Owners[2], at.Key));
    });

    private static void Run(Func<TestCluster, Places, Task> scenario) => TestCluster.Run(Six, async cluster =>
    {
        Key key = "key";
        var ring = cluster.Nodes[0].Engine.Snapshot.Ring;
        var standIns = new List<int>();
        foreach (var node in ring.PreferenceList(Slot.Of(key)).StandIns)
        {
            standIns.Add(cluster.Nodes.FindIndex(each => each.Id == node));
        }

        await scenario(cluster, new Places(key, cluster.OwnersOf(key), [.. standIns]));
    });

    private static void Isolate(TestCluster cluster, int[] nodes)
    {
        foreach (var node in nodes)
        {
            cluster.Isolate(node);
            for (var other = 0; other < cluster.Nodes.Count; other++)
            {
                if (other != node)
                {
                    cluster.Link(other, node).Believed = PeerState.Refusing;
                }
            }
        }
    }

    private static (int Copies, int StandIns) Copies(WriteOutcome outcome) => Assert.IsType<WriteOutcome.Done>(outcome) is var done ? (done.Copies, done.StandIns) : default;

    private static long HintsAt(TestCluster cluster, int holder, int target) => cluster.Nodes[holder].Engine.Hints.TallyOf(cluster.Nodes[target].Id).Count;

    private static long AllHints(TestCluster cluster, int holder) => cluster.Nodes[holder].Engine.Hints.Tallies().Sum(tally => tally.Count);

    private static long AllHints(TestCluster cluster) => Enumerable.Range(0, cluster.Nodes.Count).Where(node => cluster.Nodes[node].IsUp).Sum(node => AllHints(cluster, node));

    private static async Task<bool> CountsAsync(TestCluster cluster, Places at, int holder, int target)
    {
        var place = StoreKey.Hint(cluster.Nodes[target].Id, at.Key);
        return HintFormat.Decode(place, (await cluster.Nodes[holder].Store.Kept.GetAsync(place, CancellationToken.None)).Bytes)!.Counts;
    }

    private static async Task<string> HeldAsync(TestCluster cluster, int node, Key key)
    {
        var place = StoreKey.Data(key);
        var read = await cluster.Nodes[node].Store.Kept.GetAsync(place, CancellationToken.None);
        if (!RecordFormat.TryDecode(place, read.Bytes, out var container, out _))
        {
            return "";
        }

        var live = container.Siblings.ToArray().Where(sibling => sibling.Kind != Toystore.Core.Versions.ValueKind.Tombstone).Select(sibling => Encoding.UTF8.GetString(sibling.Value.Span)).ToList();
        return live.Count == 0 ? "-" : string.Join(",", live.Order(StringComparer.Ordinal));
    }

    private sealed record Places(Key Key, int[] Owners, int[] StandIns);
}
