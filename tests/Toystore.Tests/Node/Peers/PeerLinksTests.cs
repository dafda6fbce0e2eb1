using System.Net;
using System.Net.Sockets;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Tests.Node.Peers;

public sealed class PeerLinksTests
{
    [Fact]
    public async Task The_first_call_waits_for_the_connection()
    {
        await using var both = await new Neighbours().ListenAsync();
        Assert.Equal(PeerState.Unknown, both.Peers.Health(Neighbours.Answerer).State);
        Assert.Equal(Neighbours.DigestOf('a'), await both.AskAsync(Neighbours.Digest('a')));
        Assert.Equal(PeerState.Up, both.Peers.Health(Neighbours.Answerer).State);
        Assert.True(both.Peers.Health(Neighbours.Answerer).Latency > TimeSpan.Zero);
    }

    [Fact]
    public async Task The_handler_is_told_who_asks_and_under_which_epoch()
    {
        await using var both = await new Neighbours().ListenAsync();
        var seen = new TaskCompletionSource<PeerCall>();
        both.Handler = (call, _) =>
        {
            seen.SetResult(call);
            return new(PeerReply.Overloaded.Instance);
        };
        await both.AskAsync(Neighbours.Digest('a'));
        var call = await seen.Task;
        Assert.Equal((Neighbours.Asker, Neighbours.Epoch), (call.From, call.Epoch));
        Assert.InRange(call.Deadline.Remaining(TimeProvider.System), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_refused_connection_says_so_at_once_and_from_then_on()
    {
        await using var both = new Neighbours { Address = Neighbours.FreePort() };
        Assert.IsType<PeerReply.Unreachable>(await both.AskAsync(Neighbours.Digest('a')));
        var again = both.AskAsync(Neighbours.Digest('a'));
        Assert.True(again.IsCompleted);
        Assert.IsType<PeerReply.Unreachable>(await again);
        var health = both.Peers.Health(Neighbours.Answerer);
        Assert.Equal(PeerState.Refusing, health.State);
        Assert.Contains("Nothing listens", health.Problem, StringComparison.Ordinal);
        Assert.Equal((1, 1), (both.Peers.Evidence(Neighbours.Answerer).Asked, both.Peers.Evidence(Neighbours.Answerer).Unreachable));
    }

    [Fact]
    public async Task A_peer_that_starts_later_is_found()
    {
        await using var both = new Neighbours { Address = Neighbours.FreePort() };
        Assert.IsType<PeerReply.Unreachable>(await both.AskAsync(Neighbours.Digest('a')));
        await both.ListenAsync(both.Address);
        await both.AskUntilAsync(Neighbours.Digest('a'), reply => reply is PeerReply.HeldDigest);
        Assert.Equal(PeerState.Up, both.Peers.Health(Neighbours.Answerer).State);
    }

    [Fact]
    public async Task A_peer_that_restarts_is_found_again()
    {
        await using var both = await new Neighbours().ListenAsync();
        Assert.IsType<PeerReply.HeldDigest>(await both.AskAsync(Neighbours.Digest('a')));
        var address = both.Listening;
        both.Address = address;
        await both.StopListeningAsync();
        await both.AskUntilAsync(Neighbours.Digest('a'), reply => reply is PeerReply.Unreachable);
        await both.ListenAsync(address);
        await both.AskUntilAsync(Neighbours.Digest('a'), reply => reply is PeerReply.HeldDigest);
    }

    [Fact]
    public async Task A_name_is_resolved_on_both_sides()
    {
        await using var both = await new Neighbours().ListenAsync(new DnsEndPoint("localhost", 0));
        both.Address = new DnsEndPoint("localhost", both.Listening.Port);
        Assert.Equal(Neighbours.DigestOf('z'), await both.AskAsync(Neighbours.Digest('z')));
    }

    [Fact]
    public async Task A_node_that_is_no_member_cannot_be_reached()
    {
        await using var both = await new Neighbours().ListenAsync();
        Assert.IsType<PeerReply.Unreachable>(await both.AskAsync(new NodeId(9), Neighbours.Digest('a')));
    }

    [Fact]
    public async Task Answers_out_of_order_find_their_calls()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var calls = "abcdefgh".Select(first => both.AskAsync(Neighbours.Digest(first)).AsTask()).ToArray();
        using var stream = await peer.GreetAsync();
        var requests = new List<(FrameHeader Header, PeerRequest Request)>();
        while (requests.Count < calls.Length)
        {
            requests.Add(await RawPeer.ReadRequestAsync(stream));
        }

        foreach (var (header, request) in Enumerable.Reverse(requests))
        {
            await RawPeer.SendAsync(stream, Frames.Of(Neighbours.Echo(request), header.RequestId));
        }

        Assert.Equal("abcdefgh".Select(Neighbours.DigestOf), await Task.WhenAll(calls));
    }

    [Fact]
    public async Task A_broken_connection_loses_what_was_sent()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var call = both.AskAsync(Neighbours.Digest('a'));
        using (var stream = await peer.GreetAsync())
        {
            await RawPeer.ReadRequestAsync(stream);
            stream.Socket.LingerState = new LingerOption(true, 0); // a reset, not a farewell
        }

        Assert.IsType<PeerReply.Lost>(await call);
        Assert.Equal(new PeerEvidence(Asked: 1, Answered: 0, TimedOut: 0, Broken: 1, Unreachable: 0), both.Peers.Evidence(Neighbours.Answerer));
    }

    [Fact]
    public async Task What_was_not_handed_to_the_socket_when_the_connection_broke_cannot_have_arrived()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var first = both.AskAsync(Large('x', 32 << 20)).AsTask(); // more than the sockets' buffers hold: its sending cannot end
        using var stream = await peer.GreetAsync();
        await RawPeer.BeginsAsync(stream); // the first is being sent
        var second = both.AskAsync(Large('y', 1 << 20)).AsTask();
        stream.Socket.LingerState = new LingerOption(true, 0);
        stream.Dispose();
        Assert.IsType<PeerReply.Lost>(await first);
        Assert.IsType<PeerReply.Unreachable>(await second);
    }

    [Fact]
    public async Task A_peer_that_hangs_costs_its_calls_their_deadline_and_becomes_suspect()
    {
        var time = new ManualTime();
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint, Time = time };
        var calls = "abc".Select(first => both.AskAsync(Neighbours.Digest(first), within: TimeSpan.FromSeconds(2)).AsTask()).ToArray();
        using var stream = await peer.GreetAsync();
        for (var i = 0; i < calls.Length; i++)
        {
            await RawPeer.ReadRequestAsync(stream);
        }

        var patient = both.AskAsync(Neighbours.Digest('d'), within: TimeSpan.FromHours(1)).AsTask();
        Assert.Equal((PeerState.Up, 4), (both.Peers.Health(Neighbours.Answerer).State, both.Peers.Health(Neighbours.Answerer).InFlight));
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.11));
        Assert.All(await Task.WhenAll(calls), reply => Assert.IsType<PeerReply.Lost>(reply));
        Assert.False(patient.IsCompleted);
        Assert.Equal((PeerState.Suspect, 1), (both.Peers.Health(Neighbours.Answerer).State, both.Peers.Health(Neighbours.Answerer).InFlight));
        Assert.Equal(new PeerEvidence(Asked: 4, Answered: 0, TimedOut: 3, Broken: 0, Unreachable: 0), both.Peers.Evidence(Neighbours.Answerer));
    }

    [Fact]
    public async Task What_nodes_ask_one_another_on_their_own_account_is_no_evidence()
    {
        await using var both = await new Neighbours().ListenAsync();
        await both.AskAsync(PeerRequest.Probe.Instance);
        Assert.Equal(default, both.Peers.Evidence(Neighbours.Answerer));
        await both.AskAsync(Neighbours.Digest('a'));
        Assert.Equal(new PeerEvidence(Asked: 1, Answered: 1, TimedOut: 0, Broken: 0, Unreachable: 0), both.Peers.Evidence(Neighbours.Answerer));
    }

    [Fact]
    public async Task A_late_answer_is_dropped_and_the_next_one_makes_the_peer_good_again()
    {
        var time = new ManualTime();
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint, Time = time };
        var calls = "abc".Select(first => both.AskAsync(Neighbours.Digest(first), within: TimeSpan.FromSeconds(1)).AsTask()).ToArray();
        using var stream = await peer.GreetAsync();
        var (late, _) = await RawPeer.ReadRequestAsync(stream);
        await RawPeer.ReadRequestAsync(stream);
        await RawPeer.ReadRequestAsync(stream);
        time.Advance(TimeSpan.FromSeconds(1.01));
        await Task.WhenAll(calls);
        Assert.Equal(PeerState.Suspect, both.Peers.Health(Neighbours.Answerer).State);

        var next = both.AskAsync(Neighbours.Digest('d'));
        var (header, request) = await RawPeer.ReadRequestAsync(stream);
        await RawPeer.SendAsync(stream, Frames.Of(Neighbours.DigestOf('a'), late.RequestId));
        await RawPeer.SendAsync(stream, Frames.Of(Neighbours.Echo(request), header.RequestId));
        Assert.Equal(Neighbours.DigestOf('d'), await next);
        Assert.Equal(PeerState.Up, both.Peers.Health(Neighbours.Answerer).State);
    }

    [Fact]
    public async Task A_suspect_peer_that_stays_silent_gets_a_new_connection()
    {
        var time = new ManualTime();
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint, Time = time };
        var calls = "abc".Select(first => both.AskAsync(Neighbours.Digest(first), within: TimeSpan.FromSeconds(11)).AsTask()).ToArray();
        using var stream = await peer.GreetAsync();
        for (var i = 0; i < calls.Length; i++)
        {
            await RawPeer.ReadRequestAsync(stream);
        }

        time.Advance(TimeSpan.FromSeconds(11.01));
        await Task.WhenAll(calls);
        await RawPeer.EndsAsync(stream);
    }

    [Fact]
    public async Task A_peer_that_accepts_and_does_not_greet_is_suspect_not_refusing()
    {
        var time = new ManualTime();
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint, Time = time };
        var call = both.AskAsync(Neighbours.Digest('a')).AsTask();
        using var socket = await peer.AcceptAsync();
        await RawPeer.ReadFrameAsync(new NetworkStream(socket));
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.IsType<PeerReply.Unreachable>(await call);
        Assert.Equal(PeerState.Suspect, both.Peers.Health(Neighbours.Answerer).State);
        Assert.Contains("does not greet", both.Peers.Health(Neighbours.Answerer).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_call_and_nothing_else()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        using var cancellation = new CancellationTokenSource();
        var cancelled = both.AskUnlessAsync(Neighbours.Digest('a'), cancellation.Token);
        var other = both.AskAsync(Neighbours.Digest('b'));
        using var stream = await peer.GreetAsync();
        var requests = new[] { await RawPeer.ReadRequestAsync(stream), await RawPeer.ReadRequestAsync(stream) };
        await cancellation.CancelAsync();
        Assert.IsType<PeerReply.Lost>(await cancelled);
        foreach (var (header, request) in requests)
        {
            await RawPeer.SendAsync(stream, Frames.Of(Neighbours.Echo(request), header.RequestId));
        }

        Assert.Equal(Neighbours.DigestOf('b'), await other);
    }

    [Fact]
    public async Task Beyond_the_bound_of_calls_the_answer_is_overloaded_at_once()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint, AskerOptions = new() { Cluster = Neighbours.Cluster, Self = Neighbours.Asker, CallsMax = 2 } };
        var (a, b) = (both.AskAsync(Neighbours.Digest('a')).AsTask(), both.AskAsync(Neighbours.Digest('b')).AsTask());
        var third = both.AskAsync(Neighbours.Digest('c'));
        Assert.True(third.IsCompleted);
        Assert.Same(PeerReply.Overloaded.Instance, await third);
        (await peer.GreetAsync()).Dispose();
        await Task.WhenAll(a, b);
    }

    [Fact]
    public async Task Beyond_the_bound_of_bytes_the_answer_is_overloaded_at_once()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint, AskerOptions = new() { Cluster = Neighbours.Cluster, Self = Neighbours.Asker, QueuedBytesMax = 1 << 20 } };
        var first = both.AskAsync(Large('x', 900_000)).AsTask();
        Assert.Same(PeerReply.Overloaded.Instance, await both.AskAsync(Large('y', 900_000)));
        (await peer.GreetAsync()).Dispose();
        Assert.IsNotType<PeerReply.Overloaded>(await first);
    }

    [Fact]
    public async Task A_request_larger_than_a_frame_is_not_sent()
    {
        await using var both = new Neighbours { Address = Neighbours.FreePort(), AskerOptions = new() { Cluster = Neighbours.Cluster, Self = Neighbours.Asker, FrameBytesMax = 100_000 } };
        Assert.Contains("more than the 100000", Assert.IsType<PeerReply.Unreachable>(await both.AskAsync(Large('x', 100_000))).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_request_does_not_wait_behind_a_large_one()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var large = both.AskAsync(Large('x', 32 << 20)).AsTask();
        using var bulk = await peer.GreetAsync(); // and it is never read: the large one hangs
        var small = both.AskAsync(Neighbours.Digest('s'));
        using var data = await peer.GreetAsync();
        var (header, request) = await RawPeer.ReadRequestAsync(data);
        await RawPeer.SendAsync(data, Frames.Of(Neighbours.Echo(request), header.RequestId));
        Assert.Equal(Neighbours.DigestOf('s'), await small);
        Assert.False(large.IsCompleted);
    }

    [Fact]
    public async Task A_large_value_arrives_whole()
    {
        await using var both = await new Neighbours().ListenAsync();
        var request = Large('v', 16 << 20);
        Assert.Equal(new PeerReply.HeldDigest(request.Container.Digest, Unknowing: true), await both.AskAsync(request));
    }

    [Fact]
    public async Task A_large_answer_comes_back_on_the_bulk_lane_once_there_is_one()
    {
        await using var both = await new Neighbours().ListenAsync();
        var container = Large('v', 1 << 20).Container;
        both.Handler = (_, _) => new(new PeerReply.Held(container, Unknowing: false));
        for (var round = 0; round < 20; round++)
        {
            var held = Assert.IsType<PeerReply.Held>(await both.AskAsync(new PeerRequest.ReadContainer("k")));
            Assert.True(held.Container.Siblings[0].Value.Span.SequenceEqual(container.Siblings[0].Value.Span));
        }
    }

    [Fact]
    public async Task An_answer_that_makes_no_sense_ends_the_connection()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var call = both.AskAsync(Neighbours.Digest('a'));
        using var stream = await peer.GreetAsync();
        var (header, _) = await RawPeer.ReadRequestAsync(stream);
        await RawPeer.SendAsync(stream, Frames.Of(Neighbours.Digest('a'), header.RequestId)); // a request for an answer
        Assert.Contains("makes no sense", Assert.IsType<PeerReply.Lost>(await call).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_answers_whatever_waits()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var call = both.AskAsync(Neighbours.Digest('a')).AsTask();
        using var stream = await peer.GreetAsync();
        await RawPeer.ReadRequestAsync(stream);
        await both.Peers.DisposeAsync();
        Assert.IsType<PeerReply.Lost>(await call);
        Assert.IsType<PeerReply.Unreachable>(await both.AskAsync(Neighbours.Digest('a')));
    }

    [Fact]
    public async Task Another_cluster_is_refused_and_both_sides_say_why()
    {
        await using var both = await new Neighbours
        {
            AskerOptions = new() { Cluster = new ClusterId(new Guid(5, 0, 0, new byte[8])), Self = Neighbours.Asker, ConnectTimeout = TimeSpan.FromSeconds(20) },
        }.ListenAsync();
        Assert.IsType<PeerReply.Unreachable>(await both.AskAsync(Neighbours.Digest('a')));
        Assert.Contains("belongs to cluster 00000005-", both.Peers.Health(Neighbours.Answerer).Problem, StringComparison.Ordinal);
        Assert.Contains(both.Log.Entries, entry => entry.Message.Contains("belongs to cluster 00000005-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_different_topology_under_the_same_epoch_is_refused()
    {
        await using var both = await new Neighbours { AskerFingerprint = 5 }.ListenAsync();
        Assert.IsType<PeerReply.Unreachable>(await both.AskAsync(Neighbours.Digest('a')));
        Assert.Contains("different topologies", both.Peers.Health(Neighbours.Answerer).Problem, StringComparison.Ordinal);
        Assert.Equal(PeerState.Refusing, both.Peers.Health(Neighbours.Answerer).State);
    }

    [Fact]
    public async Task A_reused_address_is_noticed()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var call = both.AskAsync(Neighbours.Digest('a'));
        using var stream = await peer.GreetAsync(RawPeer.Hello with { Node = new NodeId(8) });
        Assert.Contains("expected n2 and found n8", Assert.IsType<PeerReply.Unreachable>(await call).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_on_the_port_is_noticed()
    {
        using var peer = new RawPeer();
        await using var both = new Neighbours { Address = peer.Endpoint };
        var call = both.AskAsync(Neighbours.Digest('a'));
        using var stream = new NetworkStream(await peer.AcceptAsync(), ownsSocket: true);
        await RawPeer.SendAsync(stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        Assert.Contains("not a Toystore node", Assert.IsType<PeerReply.Unreachable>(await call).Detail, StringComparison.Ordinal);
    }

    private static PeerRequest.Store Large(char key, int bytes)
    {
        var value = new byte[bytes];
        new Random(bytes).NextBytes(value);
        var sibling = new Sibling(new Dot(new ActorId(Neighbours.Asker, 1), new HybridTime(5)), value);
        return new PeerRequest.Store(Key.From(key.ToString()), Container.Empty.Put(sibling, default), Durability.Fsync, TellHigher: false, Completes: false);
    }
}
