using System.Buffers.Binary;
using Toystore.Core;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Identity;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Identity;

public sealed class DotMintTests
{
    private static readonly NodeId Self = new(1);
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(10);
    private int _lives;

    [Fact]
    public void After_a_clean_stop_the_actor_goes_on_above_all_its_readings() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        var mint = await StartAsync(disk, time);
        var before = await MintAsync(mint, 1000);
        await mint.StopAsync(() => true);
        var again = await StartAsync(disk, time);
        Assert.Equal(mint.Actor, again.Actor);
        var after = await MintAsync(again, 1000);
        Assert.True(after.Min(dot => dot.Time.Value) > before.Max(dot => dot.Time.Value));
    });

    [Fact]
    public void A_node_that_is_stopped_before_it_knows_its_name_vouches_for_nothing() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        var crashed = await StartAsync(disk, time);
        await MintAsync(crashed, 1);
        var before = (await disk.GetAsync(StoreKey.System("actor"), CancellationToken.None)).Bytes.ToArray();

        var aborted = Create(disk, time);
        await aborted.StopAsync(() => true);
        Assert.Equal(before, (await disk.GetAsync(StoreKey.System("actor"), CancellationToken.None)).Bytes.ToArray());
        Assert.NotEqual(crashed.Actor, (await StartAsync(disk, time)).Actor);
    });

    [Fact]
    public void After_a_clean_stop_and_a_clock_set_back_readings_still_grow() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        var clock = new NodeClock(time) { Ahead = TimeSpan.FromSeconds(4) };
        var mint = await StartAsync(disk, clock);
        var before = await MintAsync(mint, 10);
        await mint.StopAsync(() => true);
        var again = await StartAsync(disk, time);
        Assert.True((await MintAsync(again, 1))[0].Time > before[^1].Time);
    });

    [Fact]
    public void Without_the_mark_of_a_clean_stop_there_is_a_new_generation() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        var mint = await StartAsync(disk, time);
        await MintAsync(mint, 10);
        Assert.NotEqual(mint.Actor, (await StartAsync(disk, time)).Actor);
    });

    [Fact]
    public void A_second_life_without_a_stop_of_its_own_is_not_taken_for_a_clean_one() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        var first = await StartAsync(disk, time);
        await first.StopAsync(() => true);
        var second = await StartAsync(disk, time);
        Assert.Equal(first.Actor, second.Actor);
        Assert.NotEqual(second.Actor, (await StartAsync(disk, time)).Actor);
    });

    [Fact]
    public void A_wiped_store_gives_a_new_generation() => Pump.Run(async time =>
    {
        var mint = await StartAsync(new MemoryStore(), time);
        await mint.StopAsync(() => true);
        Assert.NotEqual(mint.Actor, (await StartAsync(new MemoryStore(), time)).Actor);
    });

    [Fact]
    public void A_garbled_record_gives_a_new_generation() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        var mint = await StartAsync(disk, time);
        await mint.StopAsync(() => true);
        var place = StoreKey.System("actor");
        var bytes = (await disk.GetAsync(place, CancellationToken.None)).Bytes.ToArray();
        bytes[^1] ^= 1;
        await disk.WriteAsync(new StoreBatch().Put(place, bytes), Durability.Fsync, CancellationToken.None);
        Assert.NotEqual(mint.Actor, (await StartAsync(disk, time)).Actor);
    });

    [Fact]
    public void The_disk_of_another_node_gives_a_new_actor() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        await (await StartAsync(disk, time)).StopAsync(() => true);
        var other = new DotMint(new NodeId(2), disk, time, new NodeRandom(new Random(99)), SkewMax, TimeSpan.FromSeconds(1), new ListLog());
        await other.StartAsync(CancellationToken.None);
        Assert.Equal(new NodeId(2), other.Actor.Node);
    });

    [Fact]
    public void Every_reading_that_is_minted_lies_below_the_lease_on_disk() => Pump.Run(async time =>
    {
        var store = new FaultyStore(new MemoryStore());
        var mint = Create(store, time);
        await mint.StartAsync(CancellationToken.None);
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            switch (random.Next(12))
            {
                case 0:
                    mint.Observe(HybridTime.At(UnixTime.From(time.GetUtcNow()) + TimeSpan.FromMilliseconds(random.Next(12_000))));
                    break;
                case 1:
                    time.Skip(TimeSpan.FromMilliseconds(random.Next(1500)));
                    break;
                case 2 when i % 40 == 0:
                    mint.Abandon(mint.Actor, "a test");
                    break;
                case 3:
                    store.Rule = random.Next(3) == 0 ? static _ => StoreWrite.Failed : static _ => StoreWrite.Done;
                    break;
                default:
                    break;
            }

            if (await mint.MintAsync() is { } dot)
            {
                var (actor, lease) = await RecordAsync(store.Kept);
                Assert.Equal(dot.Actor, actor);
                Assert.True(dot.Time < lease, $"{dot} was minted under the lease {lease}");
            }
        }
    });

    [Fact]
    public void A_lease_that_the_disk_does_not_take_stops_minting_until_it_does() => Pump.Run(async time =>
    {
        var store = new FaultyStore(new MemoryStore());
        var mint = Create(store, time);
        await mint.StartAsync(CancellationToken.None);
        store.Rule = static _ => StoreWrite.Full;
        time.Skip(TimeSpan.FromSeconds(5));
        Assert.Null(await mint.MintAsync());
        store.Rule = static _ => StoreWrite.Done;
        Assert.NotNull(await mint.MintAsync());
    });

    [Fact]
    public void A_node_whose_first_lease_fails_mints_once_the_disk_takes_it() => Pump.Run(async time =>
    {
        var store = new FaultyStore(new MemoryStore()) { Rule = static _ => StoreWrite.Full };
        var mint = Create(store, time);
        Assert.Equal(StoreWrite.Full, await mint.StartAsync(CancellationToken.None));
        Assert.Null(await mint.MintAsync());
        store.Rule = static _ => StoreWrite.Done;
        Assert.NotNull(await mint.MintAsync());
    });

    [Fact]
    public void The_lease_is_extended_ahead_of_need_so_that_minting_does_not_wait() => Pump.Run(async time =>
    {
        var mint = await StartAsync(new MemoryStore(), time);
        for (var i = 0; i < 100; i++)
        {
            time.Skip(TimeSpan.FromMilliseconds(400));
            Assert.True(mint.MintAsync().AsTask().IsCompleted);
        }
    });

    [Fact]
    public void What_is_minted_after_an_observation_is_later_unless_that_was_too_far_ahead() => Pump.Run(async time =>
    {
        var mint = await StartAsync(new MemoryStore(), time);
        var now = UnixTime.From(time.GetUtcNow());
        var near = new Dot(new ActorId(new NodeId(2), 5), HybridTime.At(now + TimeSpan.FromSeconds(9)));
        var far = new Dot(new ActorId(new NodeId(3), 5), HybridTime.At(now + TimeSpan.FromSeconds(11)));
        mint.Observe(VersionVector.Of(near).Join(VersionVector.Of(far)));
        var minted = (await MintAsync(mint, 1))[0];
        Assert.True(minted.Time > near.Time && minted.Time < far.Time);
    });

    [Fact]
    public void A_stop_with_a_dot_still_on_its_way_to_the_disk_is_not_a_clean_one() => Pump.Run(async time =>
    {
        var disk = new MemoryStore();
        var mint = await StartAsync(disk, time);
        await MintAsync(mint, 1);
        await mint.StopAsync(() => false);
        Assert.NotEqual(mint.Actor, (await StartAsync(disk, time)).Actor);
    });

    [Fact]
    public void An_actor_is_abandoned_once_for_all_that_it_lost() => Pump.Run(async time =>
    {
        var mint = await StartAsync(new MemoryStore(), time);
        var lost = mint.Actor;
        mint.Abandon(lost, "a write failed");
        var next = mint.Actor;
        mint.Abandon(lost, "another write of the same time failed");
        Assert.NotEqual(lost, next);
        Assert.Equal(next, mint.Actor);
    });

    [Fact]
    public void After_a_stop_nothing_is_minted() => Pump.Run(async time =>
    {
        var mint = await StartAsync(new MemoryStore(), time);
        await mint.StopAsync(() => true);
        Assert.Null(await mint.MintAsync());
    });

    [Fact]
    public async Task No_reading_is_minted_twice_by_many_threads()
    {
        var mint = Create(new MemoryStore(), TimeProvider.System);
        await mint.StartAsync(CancellationToken.None);
        var dots = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MintAsync(mint, 5000))));
        Assert.Equal(20_000, dots.SelectMany(each => each).Distinct().Count());
    }

    private static async Task<(ActorId Actor, HybridTime Lease)> RecordAsync(MemoryStore disk)
    {
        var place = StoreKey.System("actor");
        Assert.True(SystemRecord.TryDecode(place, (await disk.GetAsync(place, CancellationToken.None)).Bytes, out var payload));
        var bytes = payload.Span;
        return (new ActorId(new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[2..])), BinaryPrimitives.ReadUInt64LittleEndian(bytes[10..])), new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(bytes[18..])));
    }

    private static async Task<List<Dot>> MintAsync(DotMint mint, int count)
    {
        var dots = new List<Dot>();
        for (var i = 0; i < count; i++)
        {
            dots.Add((await mint.MintAsync())!.Value);
        }

        return dots;
    }

    private DotMint Create(IStore store, TimeProvider time) => new(Self, store, time, new NodeRandom(new Random(++_lives)), SkewMax, TimeSpan.FromSeconds(1), new ListLog());

    private async Task<DotMint> StartAsync(IStore store, TimeProvider time)
    {
        var mint = Create(store, time);
        Assert.Equal(StoreWrite.Done, await mint.StartAsync(CancellationToken.None));
        return mint;
    }
}
