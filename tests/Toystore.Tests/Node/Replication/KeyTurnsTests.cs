using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node.Replication;

namespace Toystore.Tests.Node.Replication;

public sealed class KeyTurnsTests
{
    private static readonly Key K = "k";
    private static readonly HeldContainer Some = new(Container.Empty, Unknowing: false);
    private readonly KeyTurns<Key, HeldContainer> _turns = new();

    [Fact]
    public async Task A_write_that_nothing_was_built_on_is_the_last()
    {
        var turn = await _turns.EnterAsync(K);
        var number = _turns.Leave(turn, Some);
        Assert.True(_turns.WriteEnded(turn, number));
        Assert.Equal(0, _turns.Count);
    }

    // Found by the simulator: both were refused by a full disk, and the answers came in the other order.
    [Fact]
    public async Task A_write_that_another_was_built_on_is_not_the_last_even_if_it_ends_last()
    {
        var turn = await _turns.EnterAsync(K);
        var first = _turns.Leave(turn, Some);
        turn = await _turns.EnterAsync(K);
        var second = _turns.Leave(turn, Some);
        _turns.WriteEnded(turn, second);
        Assert.False(_turns.WriteEnded(turn, first));
        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task A_write_is_not_the_last_while_an_earlier_one_has_not_ended_since_the_next_is_built_on_both()
    {
        var first = _turns.Leave(await _turns.EnterAsync(K), Some);
        var turn = await _turns.EnterAsync(K);
        var second = _turns.Leave(turn, Some);
        var isLast = _turns.WriteEnded(turn, second, isDone: false, out _);
        turn = await _turns.EnterAsync(K);
        Assert.NotNull(_turns.Latest(turn));
        Assert.False(isLast);
        _turns.Leave(turn, null);
        _turns.WriteEnded(turn, first);
        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task A_write_is_not_the_last_while_somebody_is_about_to_build_on_it()
    {
        var turn = await _turns.EnterAsync(K);
        var first = _turns.Leave(turn, Some);
        turn = await _turns.EnterAsync(K);
        Assert.False(_turns.WriteEnded(turn, first));
        _turns.Leave(turn, null);
        Assert.Equal(0, _turns.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_is_said_of_a_write_that_was_built_on_a_failed_one_whichever_end_is_heard_of_first(bool isFailureLast)
    {
        var first = _turns.Leave(await _turns.EnterAsync(K), Some);
        var turn = await _turns.EnterAsync(K);
        var second = _turns.Leave(turn, Some);
        bool before, after;
        if (isFailureLast)
        {
            _turns.WriteEnded(turn, second, isDone: true, out before);
            _turns.WriteEnded(turn, first, isDone: false, out after);
        }
        else
        {
            _turns.WriteEnded(turn, first, isDone: false, out before);
            _turns.WriteEnded(turn, second, isDone: true, out after);
        }

        Assert.Equal((false, true), (before, after));
    }

    [Fact]
    public async Task It_is_said_of_a_write_that_was_about_to_be_built_on_one_that_failed_meanwhile()
    {
        var first = _turns.Leave(await _turns.EnterAsync(K), Some);
        var turn = await _turns.EnterAsync(K);
        _turns.WriteEnded(turn, first, isDone: false, out var before);
        Assert.False(before);
        var second = _turns.Leave(turn, Some);
        _turns.WriteEnded(turn, second, isDone: true, out var after);
        Assert.True(after);
    }

    [Fact]
    public async Task Of_a_failed_write_that_nothing_was_built_on_nothing_is_said()
    {
        var turn = await _turns.EnterAsync(K);
        _turns.WriteEnded(turn, _turns.Leave(turn, Some), isDone: false, out var follows);
        Assert.False(follows);
        turn = await _turns.EnterAsync(K);
        _turns.WriteEnded(turn, _turns.Leave(turn, Some), isDone: true, out follows);
        Assert.False(follows);
    }

    [Fact]
    public async Task Turns_are_taken_one_after_another()
    {
        var turn = await _turns.EnterAsync(K);
        var next = _turns.EnterAsync(K);
        Assert.False(next.IsCompleted);
        _turns.Leave(turn, null);
        _turns.Leave(await next, null);
        Assert.Equal(0, _turns.Count);
    }
}
