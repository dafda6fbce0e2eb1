using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

public sealed class CallTableTests
{
    private static readonly PeerReply Timeout = new PeerReply.Lost("late");
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_call_ends_at_its_deadline()
    {
        using var table = Table();
        var call = table.TryAdd(In(TimeSpan.FromSeconds(2)), null)!.Task;
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.11));
        Assert.Same(Timeout, await call);
    }

    [Fact]
    public async Task A_shorter_deadline_after_a_longer_one_is_kept()
    {
        using var table = Table();
        var slow = table.TryAdd(In(TimeSpan.FromSeconds(2)), null)!;
        var fast = table.TryAdd(In(TimeSpan.FromMilliseconds(20)), null)!;
        var task = fast.Task;
        _time.Advance(TimeSpan.FromMilliseconds(21));
        Assert.Same(Timeout, await task);
        Assert.False(slow.Task.IsCompleted);
    }

    [Fact]
    public void No_timer_runs_while_nothing_waits()
    {
        using var table = Table();
        Assert.Equal(0, _time.Armed);
        var call = table.TryAdd(In(TimeSpan.FromSeconds(1)), null)!;
        Assert.Equal(1, _time.Armed);
        Assert.Same(call, table.TryTake(call.Id));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _time.Armed);
    }

    [Fact]
    public void A_late_answer_finds_nobody_although_its_place_is_taken_again()
    {
        using var table = Table();
        var late = table.TryAdd(In(TimeSpan.FromSeconds(1)), null)!.Id;
        Assert.NotNull(table.TryTake(late));
        var next = table.TryAdd(In(TimeSpan.FromSeconds(1)), null)!.Id;
        Assert.Equal((uint)late, (uint)next);
        Assert.Null(table.TryTake(late));
        Assert.NotNull(table.TryTake(next));
    }

    [Fact]
    public void An_id_from_nowhere_finds_nobody()
    {
        using var table = Table();
        Assert.Null(table.TryTake(ulong.MaxValue));
        Assert.Null(table.TryTake(0));
    }

    [Fact]
    public void The_table_has_a_bound_and_room_again_when_calls_end()
    {
        using var table = Table(capacity: 20);
        var calls = Enumerable.Range(0, 20).Select(_ => table.TryAdd(In(TimeSpan.FromSeconds(1)), null)!.Id).ToArray();
        Assert.Null(table.TryAdd(In(TimeSpan.FromSeconds(1)), null));
        Assert.NotNull(table.TryTake(calls[7]));
        Assert.NotNull(table.TryAdd(In(TimeSpan.FromSeconds(1)), null));
        Assert.Equal(20, table.Count);
    }

    [Fact]
    public async Task Cancelling_ends_a_call()
    {
        using var table = Table();
        using var cancellation = new CancellationTokenSource();
        var call = table.TryAdd(In(TimeSpan.FromSeconds(1)), null)!;
        var task = call.Task;
        call.CancelWith(cancellation.Token);
        await cancellation.CancelAsync();
        Assert.IsType<PeerReply.Lost>(await task);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void A_deadline_beyond_what_a_timer_can_do_is_kept_all_the_same()
    {
        using var table = Table();
        var call = table.TryAdd(long.MaxValue, null)!;
        _time.Advance(TimeSpan.FromDays(100));
        Assert.False(call.Task.IsCompleted);
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        using var table = Table();
        var deadline = In(TimeSpan.FromHours(1));
        Allocations.None(() =>
        {
            var call = table.TryAdd(deadline, null)!;
            var task = call.Task;
            table.TryTake(call.Id)!.Complete(Timeout);
            Assert.Same(Timeout, task.GetAwaiter().GetResult());
        });
    }

    private CallTable Table(int capacity = 100) => new(capacity, _time, home: null, call => call.Complete(Timeout));

    private long In(TimeSpan span) => _time.GetTimestamp() + span.Ticks;
}
