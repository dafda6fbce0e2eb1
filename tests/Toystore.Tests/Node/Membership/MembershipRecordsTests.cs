using Toystore.Core.Membership;
using Toystore.Node.Membership;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Membership;

public sealed class MembershipRecordsTests : IAsyncDisposable
{
    private static readonly StoreKey IncarnationKey = StoreKey.System("membership/incarnation");

    private readonly MemoryStore _store = new();
    private readonly ListLog _log = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task An_empty_disk_tells_nothing_and_never_could()
    {
        Assert.Equal((null, false), await Records(1).ReadEndAsync(Cancel));
        Assert.True((await Records(1).ReadMembersAsync(Cancel)).IsEmpty);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task What_was_kept_is_there_again()
    {
        Assert.True(await Records(1).WriteEndAsync(new Incarnation(77), Cancel));
        Assert.True(await Records(1).WriteMembersAsync([1, 2, 3], Cancel));
        Assert.Equal((new Incarnation(77), false), await Records(1).ReadEndAsync(Cancel));
        Assert.Equal([1, 2, 3], (await Records(1).ReadMembersAsync(Cancel)).ToArray());
    }

    [Fact]
    public async Task Members_of_another_topology_are_forgotten()
    {
        await Records(1).WriteMembersAsync([1, 2, 3], Cancel);
        Assert.True((await Records(2).ReadMembersAsync(Cancel)).IsEmpty);
    }

    [Fact]
    public async Task A_damaged_record_is_known_to_be_lost()
    {
        await Records(1).WriteEndAsync(new Incarnation(77), Cancel);
        var bytes = (await _store.GetAsync(IncarnationKey, Cancel)).Bytes.ToArray();
        bytes[^1] ^= 1;
        await _store.WriteAsync(new StoreBatch().Put(IncarnationKey, bytes), Durability.Fsync, Cancel);
        Assert.Equal((null, true), await Records(1).ReadEndAsync(Cancel));
        Assert.Equal(1114, Assert.Single(_log.Lines).Event.Id);
    }

    private MembershipRecords Records(ulong topology) => new(_store, topology, _log);
}
