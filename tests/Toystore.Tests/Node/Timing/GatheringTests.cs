using Toystore.Node.Timing;

namespace Toystore.Tests.Node.Timing;

public sealed class GatheringTests
{
    [Fact]
    public void A_signal_before_the_wait_ends_it_at_once_and_only_once()
    {
        var gathering = new Answers();
        gathering.Come();
        gathering.Come();
        Assert.True(gathering.WaitAsync().AsTask().IsCompleted);
        Assert.False(gathering.WaitAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_signal_during_the_wait_ends_it()
    {
        var gathering = new Answers();
        for (var i = 0; i < 3; i++)
        {
            var waiting = gathering.WaitAsync().AsTask();
            Assert.False(waiting.IsCompleted);
            gathering.Come();
            await waiting;
        }
    }

    [Fact]
    public async Task Of_signals_from_many_threads_none_is_missed()
    {
        var gathering = new Answers();
        const int Each = 20_000;
        var senders = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                gathering.Come();
            }
        })).ToList();
        while (gathering.Count < 2 * Each)
        {
            await gathering.WaitAsync();
        }

        await Task.WhenAll(senders);
    }

    private sealed class Answers : Gathering
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Come()
        {
            Interlocked.Increment(ref _count);
            Signal();
        }

        protected internal override void OnDue() => Signal();
    }
}
