using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Coordination;

/// <summary>The coordinator of every test is the first of three nodes, all of them owners.</summary>
public sealed class WriteOutcomeTests
{
    /// <summary>What becomes of a copy of the write at one owner.</summary>
    public enum Fate
    {
        Stores,
        DiskFull,
        DiskFails,
        DiskFailsAndKeeps,
        Refuses,
        Overloaded,
        RequestLost,
        ReplyLost,
        BreaksAfter,
    }

    public static TheoryData<Fate, Fate, Fate, int> Mixtures()
    {
        var rows = new TheoryData<Fate, Fate, Fate, int>();
        foreach (var here in new[] { Fate.Stores, Fate.DiskFull, Fate.DiskFails, Fate.DiskFailsAndKeeps })
        {
            foreach (var one in Enum.GetValues<Fate>())
            {
                foreach (var other in Enum.GetValues<Fate>().Where(other => other >= one))
                {
                    for (var w = 1; w <= 3; w++)
                    {
                        rows.Add(here, one, other, w);
                    }
                }
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Mixtures), DisableDiscoveryEnumeration = true)]
    public void Every_mixture_of_answers_is_reported_as_what_it_is(Fate here, Fate one, Fate other, int w) => TestCluster.Run(async cluster =>
    {
        Fate[] fates = [here, one, other];
        for (var node = 0; node < 3; node++)
        {
            Prepare(cluster, node, fates[node]);
        }

        // Alone, without another owner to pass it to: what the coordinator itself makes of it.
        var outcome = await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { W = w, Timeout = TimeSpan.FromMilliseconds(100) });
        cluster.Heal();
        var holders = 0;
        for (var node = 0; node < 3; node++)
        {
            holders += await HoldsAsync(cluster, node) ? 1 : 0;
        }

        var surelyStored = fates.Count(fate => fate == Fate.Stores);
        switch (outcome)
        {
            case WriteOutcome.Done done:
                Assert.InRange(done.Copies, w, surelyStored);
                Assert.True(holders >= w);
                break;
            case WriteOutcome.NotDone:
                Assert.Equal(0, holders);
                break;
            case WriteOutcome.Unknown unknown:
                Assert.True(unknown.Got < w);
                Assert.True(here == Fate.DiskFull || surelyStored < w);
                break;
            default:
                Assert.Fail($"{outcome}");
                break;
        }

        if (fates.All(fate => fate is Fate.DiskFull or Fate.Refuses or Fate.Overloaded))
        {
            Assert.IsType<WriteOutcome.NotDone>(outcome);
        }
        else if (surelyStored >= w && here == Fate.Stores)
        {
            Assert.IsType<WriteOutcome.Done>(outcome);
        }
    });

    [Fact]
    public void It_is_not_done_before_w_owners_have_it_on_disk() => TestCluster.Run(async cluster =>
    {
        foreach (var node in cluster.Nodes)
        {
            node.Store.HoldWrites();
        }

        var writing = cluster[0].PutAsync("k", TestCluster.Value("v")).AsTask();
        await Pump.SettleAsync();
        Assert.False(writing.IsCompleted);
        cluster.Nodes[2].Store.ReleaseWrites();
        await Pump.SettleAsync();
        Assert.False(writing.IsCompleted);
        cluster.Nodes[1].Store.ReleaseWrites();
        Assert.Equal(2, Assert.IsType<WriteOutcome.Done>(await writing).Copies);
    });

    [Fact]
    public void With_a_full_disk_at_the_node_asked_another_owner_coordinates() => TestCluster.Run(async cluster =>
    {
        Fill(cluster, 0);
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v")));
        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
        Assert.Single(cluster.Fabric.Sent, sent => sent.Request is PeerRequest.CoordinateWrite);
    });

    [Fact]
    public void With_a_disk_that_turns_out_to_be_full_another_owner_coordinates_and_the_actor_stays() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "other", "v");
        cluster.Nodes[0].Store.Rule = _ => StoreWrite.Full;
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v")));
        Assert.Equal("v", await cluster.ReadAsync(1, "k"));
        Assert.DoesNotContain(cluster.Nodes[0].Log.Lines, line => line.Event.Id == 101);
    });

    [Fact]
    public void With_full_disks_everywhere_it_is_not_done_and_says_why() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        for (var node = 0; node < 5; node++)
        {
            Fill(cluster, node);
        }

        for (var node = 0; node < 5; node++)
        {
            Assert.Equal(NotDoneReason.DiskFull, Assert.IsType<WriteOutcome.NotDone>(await cluster[node].PutAsync("k", TestCluster.Value("v"))).Reason);
        }
    });

    [Fact]
    public void A_full_disk_serves_reads_and_takes_writes_again_when_there_is_room() => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "v");
        for (var node = 0; node < 3; node++)
        {
            Fill(cluster, node);
        }

        Assert.Equal("v", await cluster.ReadAsync(0, "k"));
        Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", TestCluster.Value("w")));
        for (var node = 0; node < 3; node++)
        {
            cluster.Nodes[node].Store.Writable = StoreWrite.Done;
            cluster.Nodes[node].Store.Rule = static _ => StoreWrite.Done;
        }

        await cluster.PutAsync(0, "k", "w");
        Assert.Equal("v,w", await cluster.ReadAsync(2, "k"));
    });

    [Fact]
    public void A_read_only_disk_is_named_as_such() => TestCluster.Run(new ClusterShape(1), async cluster =>
    {
        cluster.Nodes[0].Store.Writable = StoreWrite.ReadOnly;
        cluster.Nodes[0].Store.Rule = _ => StoreWrite.ReadOnly;
        Assert.Equal(NotDoneReason.ReadOnly, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync("k", TestCluster.Value("v"))).Reason);
    });

    [Fact]
    public void A_forwarded_write_whose_coordinator_refuses_is_taken_by_another() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        var key = cluster.KeyWhere(owners => !owners.Contains(0));
        var owners = cluster.OwnersOf(key);
        cluster.Link(0, owners[0]).Rule = _ => Passage.Refuse;
        cluster.Link(0, owners[1]).Rule = _ => Passage.Overload;
        Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync(key, TestCluster.Value("v")));
    });

    [Theory]
    [InlineData(Passage.LoseRequest)]
    [InlineData(Passage.LoseReply)]
    [InlineData(Passage.BreakBefore)]
    [InlineData(Passage.BreakAfter)]
    public void A_forwarded_write_whose_coordinator_does_not_answer_is_unknown_and_not_sent_elsewhere(Passage passage) => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        var key = cluster.KeyWhere(owners => !owners.Contains(0));
        foreach (var owner in cluster.OwnersOf(key))
        {
            cluster.Cut(0, owner, passage);
        }

        Assert.IsType<WriteOutcome.Unknown>(await cluster[0].PutAsync(key, TestCluster.Value("v")));
        Assert.Single(cluster.Fabric.Sent, sent => sent.Request is PeerRequest.CoordinateWrite);
    });

    [Fact]
    public void With_all_owners_refusing_connections_a_forwarded_write_is_not_done() => TestCluster.Run(new ClusterShape(5), async cluster =>
    {
        var key = cluster.KeyWhere(owners => !owners.Contains(0));
        foreach (var owner in cluster.OwnersOf(key))
        {
            cluster.Crash(owner);
        }

        Assert.Equal(NotDoneReason.Unavailable, Assert.IsType<WriteOutcome.NotDone>(await cluster[0].PutAsync(key, TestCluster.Value("v"), new WriteOptions { Sloppy = false })).Reason);
        Assert.IsType<ReadOutcome.Unavailable>(await cluster[0].GetAsync(key, new ReadOptions { Sloppy = false }));
    });

    [Fact]
    public void The_answer_names_the_durability_that_was_asked_for_and_every_owner_gives_it() => TestCluster.Run(async cluster =>
    {
        var done = Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { Durability = WriteDurability.Os, W = 3 }));
        Assert.Equal(WriteDurability.Os, done.Durability);
        Assert.All(cluster.Nodes, node => Assert.Equal(Durability.Os, node.Store.Asked[^1].Durability));
        done = Assert.IsType<WriteOutcome.Done>(await cluster[0].PutAsync("k", TestCluster.Value("v"), new WriteOptions { W = 3 }));
        Assert.Equal(WriteDurability.Fsync, done.Durability);
        Assert.All(cluster.Nodes, node => Assert.Equal(Durability.Fsync, node.Store.Asked[^1].Durability));
    });

    private static void Fill(TestCluster cluster, int node)
    {
        cluster.Nodes[node].Store.Writable = StoreWrite.Full;
        cluster.Nodes[node].Store.Rule = static _ => StoreWrite.Full;
    }

    private static void Prepare(TestCluster cluster, int node, Fate fate)
    {
        var store = cluster.Nodes[node].Store;
        StoreWrite ForData(StoreBatch batch, StoreWrite end) => batch.Changes[0].Key.Area == StoreArea.Data ? end : StoreWrite.Done;
        switch (fate)
        {
            case Fate.DiskFull:
                store.Rule = batch => ForData(batch, StoreWrite.Full);
                break;
            case Fate.DiskFails:
                store.Rule = batch => ForData(batch, StoreWrite.Failed);
                break;
            case Fate.DiskFailsAndKeeps:
                store.FailedWritesStay = true;
                store.Rule = batch => ForData(batch, StoreWrite.Failed);
                break;
            case Fate.Refuses:
                cluster.Isolate(node);
                break;
            case Fate.Overloaded:
                cluster.Isolate(node, Passage.Overload);
                break;
            case Fate.RequestLost:
                cluster.Isolate(node, Passage.LoseRequest);
                break;
            case Fate.ReplyLost:
                cluster.Isolate(node, Passage.LoseReply);
                break;
            case Fate.BreaksAfter:
                cluster.Isolate(node, Passage.BreakAfter);
                break;
            default:
                break;
        }
    }

    private static async Task<bool> HoldsAsync(TestCluster cluster, int node)
    {
        var place = StoreKey.Data("k");
        var read = await cluster.Nodes[node].Store.Kept.GetAsync(place, CancellationToken.None);
        return read.Status == StoreReadStatus.Found && RecordFormat.TryDecode(place, read.Bytes, out var container, out _) && container is { IsEmpty: false } && container.Siblings.Length > 0 && container != Container.Empty;
    }
}
