using Toystore.Storage.Rocks;

namespace Toystore.Tests.Storage.Rocks;

public sealed class WriteQueueTests
{
    [Fact]
    public void Beyond_its_bytes_it_refuses_until_some_are_given_back()
    {
        var queue = new WriteQueue(bytesMax: 100, batchesMax: 10);
        Assert.True(queue.TryTake(60));
        Assert.False(queue.TryTake(41));
        Assert.True(queue.TryTake(40));
        queue.GiveBack(60);
        Assert.True(queue.TryTake(41));
    }

    [Fact]
    public void Beyond_its_batches_it_refuses_until_one_is_given_back()
    {
        var queue = new WriteQueue(bytesMax: 100, batchesMax: 2);
        Assert.True(queue.TryTake(0));
        Assert.True(queue.TryTake(0));
        Assert.False(queue.TryTake(0));
        queue.GiveBack(0);
        Assert.True(queue.TryTake(0));
    }

    [Fact]
    public void A_batch_larger_than_all_its_bytes_is_let_in_alone()
    {
        var queue = new WriteQueue(bytesMax: 100, batchesMax: 10);
        Assert.True(queue.TryTake(1000));
        Assert.False(queue.TryTake(1));
        queue.GiveBack(1000);
        Assert.True(queue.TryTake(1));
        Assert.False(queue.TryTake(1000));
    }
}
