using Toystore.Node.Peers;

namespace Toystore.Tests.Simulation.Network;

public sealed class SimulatedNetworkTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_request_is_answered()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            Assert.Equal(PeerWorld.DigestOf('a'), await n1.AskAsync(2, PeerWorld.Digest('a')));
            Assert.Equal(PeerState.Up, n1.HealthOf(2).State);
        });
        Assert.Equal(1, world.Count("n1>n2", "delivered ReadDigest"));
        Assert.Equal(1, world.Count("n2>n1", "delivered HeldDigest"));
    }

    [Fact]
    public void A_cut_one_way_loses_requests_at_their_deadline_and_makes_the_peer_suspect()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            await n2.AskAsync(1, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = true;
            for (var i = 0; i < 3; i++)
            {
                var before = world.Loop.Now;
                Assert.IsType<PeerReply.Lost>(await n1.AskAsync(2, PeerWorld.Digest('b')));
                Assert.InRange(world.Loop.Now - before, Second.Ticks, Second.Ticks * 11 / 10);
            }

            Assert.Equal(PeerState.Suspect, n1.HealthOf(2).State);
            Assert.Single(world.Served, call => call.From == PeerWorld.Id(1));
        });
    }

    [Fact]
    public void The_other_way_of_a_cut_still_carries_what_is_sent()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            await n2.AskAsync(1, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = true;
            Assert.IsType<PeerReply.Lost>(await n2.AskAsync(1, PeerWorld.Digest('b')));
            Assert.Equal(2, world.Served.Count);
        });
    }

    [Fact]
    public void What_a_cut_holds_up_arrives_when_it_is_mended()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = true;
            var asked = n1.AskAsync(2, PeerWorld.Digest('b'), 5 * Second);
            await world.Loop.PassAsync(2 * Second);
            Assert.False(asked.IsCompleted);
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = false;
            Assert.Equal(PeerWorld.DigestOf('b'), await asked);
        });
    }

    [Fact]
    public void Where_nothing_listens_connections_are_refused()
    {
        var world = new PeerWorld();
        world.Loop.Run(async () =>
        {
            var n1 = await world.StartAsync(1);
            Assert.IsType<PeerReply.Unreachable>(await n1.AskAsync(2, PeerWorld.Digest('a')));
            Assert.Equal(PeerState.Refusing, n1.HealthOf(2).State);
            await world.StartAsync(2);
            await world.Loop.PassAsync(2 * Second);
            Assert.Equal(PeerWorld.DigestOf('a'), await n1.AskAsync(2, PeerWorld.Digest('a')));
        });
    }

    [Fact]
    public void A_wire_that_refuses_refuses_new_connections_only()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            await n2.AskAsync(1, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].Refuses = true;
            world.Network[PeerWorld.Id(2), PeerWorld.Id(1)].Refuses = true;
            Assert.IsType<PeerReply.Unreachable>(await n1.AskAsync(2, PeerWorld.Digest('a')));
            Assert.Equal(PeerState.Refusing, n1.HealthOf(2).State);
            Assert.Equal(PeerWorld.DigestOf('b'), await n2.AskAsync(1, PeerWorld.Digest('b')));
        });
    }

    [Fact]
    public void A_wire_that_swallows_connections_makes_connecting_time_out()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].Swallows = true;
            var before = world.Loop.Now;
            Assert.IsType<PeerReply.Unreachable>(await n1.AskAsync(2, PeerWorld.Digest('a'), 5 * Second));
            Assert.Equal(Second.Ticks, world.Loop.Now - before);
            Assert.Equal(PeerState.Suspect, n1.HealthOf(2).State);
            Assert.Contains("does not answer", n1.HealthOf(2).Problem, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_half_open_connection_is_given_up_by_the_side_that_hears_no_greeting()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            world.Network[PeerWorld.Id(2), PeerWorld.Id(1)].IsCut = true;
            Assert.IsType<PeerReply.Unreachable>(await n1.AskAsync(2, PeerWorld.Digest('a'), 5 * Second));
            Assert.Equal(PeerState.Suspect, n1.HealthOf(2).State);
            Assert.NotEmpty(n2.Transport.Ends);
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].Swallows = true;
            await world.Loop.PassAsync(5 * Second);
            Assert.All(n2.Transport.Ends, end => Assert.True(end.IsGone));
        });
    }

    [Fact]
    public void A_connection_that_breaks_after_a_request_was_sent_loses_it()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].DelayMin = TimeSpan.FromMilliseconds(100);
            var asked = n1.AskAsync(2, PeerWorld.Digest('b'));
            await world.Loop.PassAsync(TimeSpan.FromMilliseconds(10));
            world.Network.Break(PeerWorld.Id(2), PeerWorld.Id(1));
            Assert.IsType<PeerReply.Lost>(await asked);
            Assert.Single(world.Served);
            await world.Loop.PassAsync(Second);
            Assert.Equal(PeerWorld.DigestOf('c'), await n1.AskAsync(2, PeerWorld.Digest('c')));
        });
    }

    [Fact]
    public void What_waits_in_the_queue_when_a_connection_breaks_cannot_have_arrived()
    {
        var world = new PeerWorld { Options = options => options with { QueuedBytesMax = 200_000 } };
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            var wire = world.Network[PeerWorld.Id(1), PeerWorld.Id(2)];
            (wire.BytesInFlightMax, wire.IsCut) = (10_000, true);
            var sent = n1.AskAsync(2, PeerWorld.Store(20_000), 5 * Second);
            await world.Loop.PassAsync(TimeSpan.FromMilliseconds(10));
            var queued = n1.AskAsync(2, PeerWorld.Store(20_000), 5 * Second);
            await world.Loop.PassAsync(TimeSpan.FromMilliseconds(10));
            world.Network.Break(PeerWorld.Id(1), PeerWorld.Id(2));
            Assert.IsType<PeerReply.Lost>(await sent);
            Assert.IsType<PeerReply.Unreachable>(await queued);
        });
    }

    [Fact]
    public void A_clogged_wire_fills_the_queue_until_requests_are_turned_away()
    {
        var world = new PeerWorld { Options = options => options with { QueuedBytesMax = 100_000 } };
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            var wire = world.Network[PeerWorld.Id(1), PeerWorld.Id(2)];
            (wire.BytesInFlightMax, wire.BytesPerSecond) = (1_000, 10_000);
            var asked = Enumerable.Range(0, 10).Select(_ => n1.AskAsync(2, PeerWorld.Store(20_000), 60 * Second)).ToArray();
            var replies = await Task.WhenAll(asked);
            Assert.Contains(replies, reply => reply is PeerReply.Overloaded);
            Assert.Contains(replies, reply => reply is PeerReply.Stored);
            Assert.DoesNotContain(replies, reply => reply is PeerReply.Lost or PeerReply.Unreachable);
            Assert.InRange(world.Loop.Now, 5 * Second.Ticks, 60 * Second.Ticks);
        });
    }

    [Fact]
    public void Lost_frames_lose_their_requests_and_nothing_else()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].Loss = 0.3;
            world.Network[PeerWorld.Id(2), PeerWorld.Id(1)].Loss = 0.3;
            var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => n1.AskAsync(2, PeerWorld.Digest('z'))));
            Assert.InRange(replies.Count(reply => reply is PeerReply.Lost), 60, 140);
            Assert.All(replies, reply => Assert.True(reply is PeerReply.Lost || reply == PeerWorld.DigestOf('z')));
            Assert.Equal(200, world.Count("n1>n2", "lost") + world.Served.Count - 1);
        });
    }

    [Fact]
    public void Doubled_frames_are_served_twice_and_answered_once()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].Duplication = 1;
            world.Network[PeerWorld.Id(2), PeerWorld.Id(1)].Duplication = 1;
            for (var first = 'b'; first <= 'z'; first++)
            {
                Assert.Equal(PeerWorld.DigestOf(first), await n1.AskAsync(2, PeerWorld.Digest(first)));
            }

            await world.Loop.PassAsync(Second);
            Assert.Equal(1 + (2 * 25), world.Served.Count);
        });
    }

    [Fact]
    public void A_write_to_be_coordinated_is_never_doubled()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].Duplication = 1;
            await n1.AskAsync(2, new PeerRequest.CoordinateWrite("k", null, new WriteOptions()));
            await world.Loop.PassAsync(Second);
            Assert.Single(world.Served, call => call.Request is PeerRequest.CoordinateWrite);
        });
    }

    [Fact]
    public void Overtaken_frames_arrive_whole_between_others_that_come_in_pieces()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            foreach (var wire in world.Network.Wires)
            {
                (wire.Reordering, wire.Duplication, wire.Pieces, wire.SlowWrites) = (0.3, 0.3, 0.7, 0.3);
            }

            var sizes = Enumerable.Range(0, 300).Select(i => 1 + (i * 37 % 2000)).ToArray();
            var replies = await Task.WhenAll(sizes.Select(size => n1.AskAsync(2, PeerWorld.Store(size), 10 * Second)));
            Assert.Equal(sizes.Select(size => (ulong)size), replies.Select(reply => ((PeerReply.Stored)reply).Higher.Value));
            Assert.Equal(1, world.Count("n1>n2", "accepted"));
            var arrived = world.Served.Skip(1).Select(call => PeerWorld.SizeOf((PeerRequest.Store)call.Request)).Distinct().ToArray();
            Assert.NotEqual(sizes, arrived);
        });
    }

    [Fact]
    public void Large_answers_take_the_bulk_lane()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            Assert.IsType<PeerReply.Stored>(await n1.AskAsync(2, PeerWorld.Store(FrameFormat.BulkBytesMin + 1), 5 * Second));
            Assert.IsType<PeerReply.Stored>(await n1.AskAsync(2, PeerWorld.Store(1), 5 * Second));
            Assert.Equal(2, world.Count("n1>n2", "accepted"));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_node_that_is_killed_is_noticed_if_its_machine_lives(bool losesPower)
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            world.Handler = (_, cancellationToken) => new(new TaskCompletionSource<PeerReply>().Task);
            var asked = n1.AskAsync(2, PeerWorld.Digest('a'));
            await world.Loop.PassAsync(TimeSpan.FromMilliseconds(100));
            var before = world.Loop.Now;
            n2.Transport.LosesPower = losesPower;
            n2.Life.End();
            Assert.IsType<PeerReply.Lost>(await asked);
            Assert.Equal(losesPower, world.Loop.Now - before > Second.Ticks / 2);
            await world.Loop.PassAsync(3 * Second);
            Assert.Equal(losesPower ? PeerState.Up : PeerState.Refusing, n1.HealthOf(2).State);
        });
    }

    [Fact]
    public void A_connection_with_a_machine_that_lost_its_power_is_reset_when_it_is_used_after_the_start()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            n2.Transport.LosesPower = true;
            n2.Life.End();
            Assert.IsType<PeerReply.Lost>(await n1.AskAsync(2, PeerWorld.Digest('b')));
            await world.StartAsync(2);
            await world.Loop.PassAsync(Second);
            Assert.Equal(1, world.Count("n2>n1", "knows nothing of it"));
            Assert.Equal(PeerWorld.DigestOf('c'), await n1.AskAsync(2, PeerWorld.Digest('c')));
        });
    }

    [Fact]
    public void To_connect_with_a_machine_without_power_times_out()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            n2.Transport.LosesPower = true;
            n2.Life.End();
            Assert.IsType<PeerReply.Unreachable>(await n1.AskAsync(2, PeerWorld.Digest('a'), 5 * Second));
            Assert.Equal(PeerState.Suspect, n1.HealthOf(2).State);
        });
    }

    [Fact]
    public void Nothing_of_a_life_that_is_over_is_served()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            var asked = n1.AskAsync(2, PeerWorld.Digest('b'));
            n2.Life.End();
            Assert.IsType<PeerReply.Lost>(await asked);
            Assert.Single(world.Served);
        });
    }

    [Fact]
    public void A_silent_peer_gets_a_new_connection()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = true;
            for (var i = 0; i < 12; i++)
            {
                Assert.IsNotType<PeerReply.HeldDigest>(await n1.AskAsync(2, PeerWorld.Digest('b')));
                await world.Loop.PassAsync(Second / 10);
            }

            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = false;
            await world.Loop.PassAsync(3 * Second);
            Assert.Equal(PeerWorld.DigestOf('c'), await n1.AskAsync(2, PeerWorld.Digest('c')));
            Assert.Equal(2, world.Count("n1>n2", "accepted"));
        });
    }

    [Fact]
    public void A_stopped_node_answers_what_it_has_begun_and_says_goodbye()
    {
        var world = new PeerWorld();
        world.Run(async (n1, n2) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            await n2.AskAsync(1, PeerWorld.Digest('a'));
            await n2.StopAsync();
            await world.Loop.PassAsync(Second);
            Assert.All(n1.Transport.Ends, end => Assert.True(end.IsGone));
            Assert.Equal(PeerState.Refusing, n1.HealthOf(2).State);
            Assert.DoesNotContain(n1.Log.Lines, line => line.Level > Microsoft.Extensions.Logging.LogLevel.Warning);
            Assert.DoesNotContain(n2.Log.Lines, line => line.Level > Microsoft.Extensions.Logging.LogLevel.Warning);
        });
    }

    [Fact]
    public void Calls_that_are_lost_together_end_what_waits_for_all_of_them_on_the_worlds_thread()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = true;
            var thread = await n1.InLifeAsync(async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => n1.CallAsync(2, PeerWorld.Digest('b')).AsTask()));
                return Environment.CurrentManagedThreadId;
            });
            Assert.Equal(Environment.CurrentManagedThreadId, thread);
        });
    }

    [Fact]
    public void A_cancelled_call_ends_at_once_and_in_its_own_context()
    {
        var world = new PeerWorld();
        world.Run(async (n1, _) =>
        {
            await n1.AskAsync(2, PeerWorld.Digest('a'));
            world.Network[PeerWorld.Id(1), PeerWorld.Id(2)].IsCut = true;
            using var cancellation = new CancellationTokenSource();
            var asked = n1.AskAsync(2, PeerWorld.Digest('b'), cancelled: cancellation.Token);
            await world.Loop.PassAsync(Second / 10);
            await n1.InLifeAsync(() =>
            {
                cancellation.Cancel();
                return Task.FromResult(true);
            });
            Assert.IsType<PeerReply.Lost>(await asked);
        });
    }
}
