using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Healing;
using Toystore.Node.Identity;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Healing;

public sealed class SlotFloorsTests : IAsyncDisposable
{
    private static readonly Slot S = new(300);
    private static readonly Slot Other = new(16383);

    private readonly MemoryStore _records = new();
    private readonly ListLog _log = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _records.DisposeAsync();

    [Fact]
    public async Task A_floor_that_was_raised_is_seen_and_no_other()
    {
        var (floors, _, _) = await OpenAsync();
        Assert.True(await floors.RaiseAsync([(S, At(7))]));
        Assert.Equal(At(7), floors[S]);
        Assert.Equal(default, floors[Other]);
    }

    [Fact]
    public async Task The_next_process_finds_the_floors_and_mints_above_them()
    {
        var far = HybridTime.At(UnixTime.From(DateTimeOffset.UnixEpoch.AddYears(200)));
        var (floors, _, _) = await OpenAsync();
        await floors.RaiseAsync([(S, At(7)), (Other, far)]);
        var (again, mint, _) = await OpenAsync();
        Assert.Equal(At(7), again[S]);
        Assert.Equal(far, again[Other]);
        Assert.True(mint.Mint().Time > far);
    }

    [Fact]
    public async Task A_floor_does_not_sink()
    {
        var (floors, _, _) = await OpenAsync();
        await floors.RaiseAsync([(S, At(7))]);
        Assert.True(await floors.RaiseAsync([(S, At(6)), (Other, At(1))]));
        Assert.Equal(At(7), floors[S]);
        Assert.Equal(At(7), (await OpenAsync()).Floors[S]);
    }

    [Fact]
    public async Task A_floor_is_not_seen_before_it_is_on_the_disk()
    {
        var (floors, _, store) = await OpenAsync();
        store.HoldWrites();
        var raising = floors.RaiseAsync([(S, At(7))]).AsTask();
        Assert.Equal(default, floors[S]);
        store.ReleaseWrites();
        Assert.True(await raising);
        Assert.Equal(At(7), floors[S]);
    }

    [Fact]
    public async Task A_floor_that_the_disk_refuses_is_none()
    {
        var (floors, _, store) = await OpenAsync();
        store.Rule = static _ => StoreWrite.Full;
        Assert.False(await floors.RaiseAsync([(S, At(7))]));
        Assert.Equal(default, floors[S]);
        store.Rule = static _ => StoreWrite.Done;
        Assert.True(await floors.RaiseAsync([(S, At(7))]));
        Assert.Equal(At(7), floors[S]);
    }

    [Fact]
    public async Task Raises_that_overlap_all_hold()
    {
        var (floors, _, store) = await OpenAsync();
        store.HoldWrites();
        var raises = Enumerable.Range(1, 10).Select(i => floors.RaiseAsync([(new Slot((ushort)i), At(i)), (S, At(i))]).AsTask()).ToArray();
        store.ReleaseWrites();
        Assert.All(await Task.WhenAll(raises), Assert.True);
        var (again, _, _) = await OpenAsync();
        Assert.All(Enumerable.Range(1, 10), i => Assert.Equal(At(i), again[new Slot((ushort)i)]));
        Assert.Equal(At(10), again[S]);
    }

    [Fact]
    public async Task Those_who_wait_for_it_hear_of_a_rise_when_it_is_there()
    {
        var (floors, _, _) = await OpenAsync();
        var heard = new List<(Slot, HybridTime)>();
        floors.Rose += risen => heard.AddRange(risen.Slots().Select(slot => (slot, floors[slot])));
        await floors.RaiseAsync([(S, At(7)), (Other, default)]);
        await floors.RaiseAsync([(S, At(7))]);
        Assert.Equal([(S, At(7))], heard);
    }

    [Fact]
    public async Task A_floor_that_the_disk_has_lost_is_not_taken_for_none_until_there_is_another_one()
    {
        var (floors, _, _) = await OpenAsync();
        await floors.RaiseAsync([(S, At(7)), (Other, At(8))]);
        var place = FloorRecords.PlaceOf(S.Index / FloorRecords.SlotsOfARow);
        var bytes = (await _records.GetAsync(place, Cancel)).Bytes.ToArray();
        bytes[^1] ^= 1;
        await _records.WriteAsync(new StoreBatch().Put(place, bytes), Durability.Fsync, Cancel);

        var (again, _, _) = await OpenAsync();
        Assert.True(again.IsLost(S));
        Assert.False(again.IsLost(Other));
        Assert.Equal((default, At(8)), (again[S], again[Other]));
        Assert.Contains(_log.Lines, line => line.Text.Contains("are lost", StringComparison.Ordinal));

        await again.RaiseAsync([(S, At(3))]);
        var (last, _, _) = await OpenAsync();
        Assert.Equal(At(3), last[S]);
        Assert.False(last.IsLost(S));
        Assert.True(last.IsLost(new Slot((ushort)(S.Index + 1))), "its neighbours in the record are still lost");
    }

    private static HybridTime At(int reading) => new((ulong)reading);

    private async Task<(SlotFloors Floors, DotMint Mint, FaultyStore Store)> OpenAsync()
    {
        var store = new FaultyStore(_records);
        var mint = new DotMint(new NodeId(1), TimeProvider.System, new NodeRandom(new Random(1)), TimeSpan.FromMinutes(1), _log);
        var floors = new SlotFloors(store, mint, TimeProvider.System, _log);
        await floors.LoadAsync(Cancel);
        return (floors, mint, store);
    }
}
