using System.Collections.Concurrent;
using CsCheck;
using Microsoft.Extensions.Logging;
using Toystore.Core.Versions;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

public sealed class PeerServerTests
{
    private const int BrokenStreams = 3000;

    [Fact]
    public async Task Broken_streams_end_their_own_connection_and_no_other()
    {
        await using var both = await new Neighbours().ListenAsync();
        Assert.IsType<PeerReply.HeldDigest>(await both.AskAsync(Neighbours.Digest('a')));
        var samples = FrameFuzzTests.Samples();
        var random = new Random(1984);
        for (var round = 0; round < BrokenStreams; round++)
        {
            using var stream = random.Next(8) == 0 ? await both.ConnectAsync() : await both.GreetAsync(random.Next(2) == 0 ? PeerLane.Data : PeerLane.Bulk);
            try
            {
                for (var frames = random.Next(1, 4); frames > 0; frames--)
                {
                    await RawPeer.SendAsync(stream, FrameFuzzTests.Mutate(samples[random.Next(samples.Length)], samples, random));
                }
            }
            catch (IOException)
            {
                // It was closed already: as it should be.
            }

            if (round % 100 == 0)
            {
                Assert.Equal(Neighbours.DigestOf('h'), await both.AskAsync(Neighbours.Digest('h')));
            }
        }

        Assert.Equal(Neighbours.DigestOf('h'), await both.AskAsync(Neighbours.Digest('h')));
        Assert.DoesNotContain(both.Log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_bad_frame_closes_the_connection_with_a_warning()
    {
        await using var both = await new Neighbours().ListenAsync();
        using var stream = await both.GreetAsync();
        await RawPeer.SendAsync(stream, Frames.Of(PeerReply.Overloaded.Instance));
        await RawPeer.EndsAsync(stream);
        await both.StopListeningAsync();
        Assert.Contains(both.Log.Entries, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("is no request", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_of_every_kind_reach_the_handler()
    {
        var kinds = new ConcurrentDictionary<Type, bool>();
        await using var both = await new Neighbours
        {
            Handler = (call, _) =>
            {
                kinds[call.Request.GetType()] = true;
                return new(PeerReply.Overloaded.Instance);
            },
        }.ListenAsync();
        await PeerGen.Requests.SampleAsync(async request => Assert.IsType<PeerReply.Overloaded>(await both.AskAsync(request)), iter: 500, threads: 1);
        Assert.Equal(typeof(PeerRequest).GetNestedTypes().ToHashSet(), [.. kinds.Keys]);
    }

    [Fact]
    public async Task Many_requests_in_one_write_are_all_answered()
    {
        await using var both = await new Neighbours().ListenAsync();
        using var stream = await both.GreetAsync();
        await RawPeer.SendAsync(stream, Enumerable.Range(1, 500).SelectMany(id => Frames.Of(Neighbours.Digest('q'), (ulong)id)).ToArray());
        for (var id = 1UL; id <= 500; id++)
        {
            Assert.Equal(Frames.Of(Neighbours.DigestOf('q'), id), await RawPeer.ReadFrameAsync(stream));
        }
    }

    [Fact]
    public async Task A_request_one_byte_at_a_time_is_answered()
    {
        await using var both = await new Neighbours().ListenAsync();
        using var stream = await both.GreetAsync();
        foreach (var b in Frames.Of(Neighbours.Digest('q'), 8))
        {
            await RawPeer.SendAsync(stream, [b]);
        }

        Assert.Equal(Frames.Of(Neighbours.DigestOf('q'), 8), await RawPeer.ReadFrameAsync(stream));
    }

    [Fact]
    public async Task A_slow_handler_holds_up_nobody_else()
    {
        await using var both = await new Neighbours().ListenAsync();
        var slow = new TaskCompletionSource<PeerReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        both.Handler = (call, _) => call.Request is PeerRequest.HowAreYou ? new(slow.Task) : new(Neighbours.Echo(call.Request));
        var first = both.AskAsync(PeerRequest.HowAreYou.Instance).AsTask();
        Assert.Equal(Neighbours.DigestOf('b'), await both.AskAsync(Neighbours.Digest('b')));
        Assert.False(first.IsCompleted);
        slow.SetResult(PeerReply.Overloaded.Instance);
        Assert.IsType<PeerReply.Overloaded>(await first);
    }

    [Fact]
    public async Task Beyond_the_bound_of_requests_at_work_the_answer_is_overloaded()
    {
        await using var both = await new Neighbours { AnswererOptions = new() { Cluster = Neighbours.Cluster, Self = Neighbours.Answerer, ServedMax = 2 } }.ListenAsync();
        var slow = new TaskCompletionSource<PeerReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        both.Handler = (_, _) => new(slow.Task);
        using var stream = await both.GreetAsync();
        await RawPeer.SendAsync(stream, Enumerable.Range(1, 3).SelectMany(id => Frames.Of(Neighbours.Digest('q'), (ulong)id)).ToArray());
        Assert.Equal(Frames.Of(PeerReply.Overloaded.Instance, 3), await RawPeer.ReadFrameAsync(stream));
        slow.SetResult(Neighbours.DigestOf('q'));
        var rest = new[] { await RawPeer.ReadFrameAsync(stream), await RawPeer.ReadFrameAsync(stream) };
        Assert.Contains(Frames.Of(Neighbours.DigestOf('q'), 1), rest);
        Assert.Contains(Frames.Of(Neighbours.DigestOf('q'), 2), rest);
    }

    [Fact]
    public async Task A_request_whose_time_is_up_is_not_handled()
    {
        await using var both = await new Neighbours().ListenAsync();
        using var stream = await both.GreetAsync();
        await RawPeer.SendAsync(stream, Frames.Of(Neighbours.Digest('x'), 1, microsecondsLeft: 0).Concat(Frames.Of(Neighbours.Digest('y'), 2)).ToArray());
        Assert.Equal(Frames.Of(Neighbours.DigestOf('y'), 2), await RawPeer.ReadFrameAsync(stream));
    }

    [Fact]
    public async Task A_handler_that_throws_is_reported_and_the_connection_lives_on()
    {
        await using var both = await new Neighbours().ListenAsync();
        both.Handler = (call, _) => call.Request is PeerRequest.HowAreYou ? throw new InvalidOperationException("a bug") : new(Neighbours.Echo(call.Request));
        Assert.Equal(new PeerReply.Failed("a bug"), await both.AskAsync(PeerRequest.HowAreYou.Instance));
        Assert.Equal(Neighbours.DigestOf('b'), await both.AskAsync(Neighbours.Digest('b')));
        Assert.Contains(both.Log.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_handler_that_fails_later_is_reported_too()
    {
        await using var both = await new Neighbours().ListenAsync();
        both.Handler = async (_, _) =>
        {
            await Task.Yield();
            throw new InvalidOperationException("a later bug");
        };
        Assert.Equal(new PeerReply.Failed("a later bug"), await both.AskAsync(PeerRequest.HowAreYou.Instance));
    }

    [Fact]
    public async Task A_peer_that_does_not_read_its_answers_is_cut_off()
    {
        await using var both = await new Neighbours { AnswererOptions = new() { Cluster = Neighbours.Cluster, Self = Neighbours.Answerer, QueuedBytesMax = 64 * 1024 } }.ListenAsync();
        var sibling = new Sibling(new Dot(new ActorId(Neighbours.Asker, 1), new HybridTime(5)), new byte[32 * 1024]);
        both.Handler = (_, _) => new(new PeerReply.Held(Container.Empty.Put(sibling, default), Unknowing: false));
        using var stream = await both.GreetAsync();
        var requests = Enumerable.Range(1, 1000).SelectMany(id => Frames.Of(Neighbours.Digest('q'), (ulong)id)).ToArray();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (true)
            {
                await RawPeer.SendAsync(stream, requests);
            }
        });
        await both.StopListeningAsync();
        Assert.Contains(both.Log.Entries, entry => entry.Message.Contains("does not read its answers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_answer_without_room_is_a_failure_not_the_end()
    {
        await using var both = await new Neighbours { AnswererOptions = new() { Cluster = Neighbours.Cluster, Self = Neighbours.Answerer, FrameBytesMax = 200_000 } }.ListenAsync();
        var sibling = new Sibling(new Dot(new ActorId(Neighbours.Asker, 1), new HybridTime(5)), new byte[300_000]);
        both.Handler = (call, _) => new(call.Request is PeerRequest.ReadContainer ? new PeerReply.Held(Container.Empty.Put(sibling, default), Unknowing: false) : Neighbours.Echo(call.Request));
        Assert.Contains("more than the 200000", Assert.IsType<PeerReply.Failed>(await both.AskAsync(new PeerRequest.ReadContainer("k"))).Detail, StringComparison.Ordinal);
        Assert.Equal(Neighbours.DigestOf('b'), await both.AskAsync(Neighbours.Digest('b')));
    }

    [Fact]
    public async Task Who_does_not_greet_in_time_is_disconnected()
    {
        var time = new ManualTime();
        await using var both = await new Neighbours { Time = time }.ListenAsync();
        using var stream = await both.ConnectAsync();
        while (time.Armed == 0)
        {
            await Task.Yield();
        }

        time.Advance(TimeSpan.FromSeconds(20));
        await RawPeer.EndsAsync(stream);
    }

    [Fact]
    public async Task The_handler_hears_of_the_connection_closing()
    {
        await using var both = await new Neighbours().ListenAsync();
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        both.Handler = async (_, cancellation) =>
        {
            using var registration = cancellation.Register(cancelled.SetResult);
            started.SetResult();
            await cancelled.Task;
            return PeerReply.Overloaded.Instance;
        };
        using (var stream = await both.GreetAsync())
        {
            await RawPeer.SendAsync(stream, Frames.Of(Neighbours.Digest('x')));
            await started.Task;
        }

        await cancelled.Task;
    }
}
