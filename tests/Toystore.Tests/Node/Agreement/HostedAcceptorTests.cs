using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Healing;
using Toystore.Node;
using Toystore.Node.Agreement;
using Toystore.Node.Healing;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Agreement;

public sealed class HostedAcceptorTests
{
    private static readonly NodeId One = new(1);
    private static int s_processes;
    private static readonly SeedList Seeds = new([One, new(2), new(3)]);

    [Fact]
    public void A_new_disk_is_asked_nothing_before_its_id_is_on_it() => Pump.Run(async loop =>
    {
        var store = new FaultyStore(new MemoryStore());
        var acceptor = Of(store, loop);
        store.HoldWrites();
        var loading = acceptor.LoadAsync(null, CancellationToken.None);
        await loop.SettleAsync();
        Assert.Null(await acceptor.AnswerAsync(RegisterRequest.Ask.Instance));
        store.ReleaseWrites();
        await loading;
        Assert.NotEqual(default, Assert.IsType<RegisterReply.Known>(await acceptor.AnswerAsync(RegisterRequest.Ask.Instance)).Name.Disk);
    });

    [Fact]
    public void A_promise_is_on_the_disk_before_it_is_answered() => Pump.Run(async loop =>
    {
        var store = new FaultyStore(new MemoryStore());
        var acceptor = await LoadedAsync(store, loop);
        store.HoldWrites();
        var answer = acceptor.AnswerAsync(Prepare(1)).AsTask();
        await loop.SettleAsync();
        Assert.False(answer.IsCompleted);
        store.ReleaseWrites();
        Assert.IsType<RegisterReply.Promised>(await answer);
        Assert.Equal(Durability.Fsync, store.Asked[^1].Durability);
    });

    [Fact]
    public void What_the_disk_did_not_take_is_not_answered_and_not_believed() => Pump.Run(async loop =>
    {
        var store = new FaultyStore(new MemoryStore());
        var acceptor = await LoadedAsync(store, loop);
        store.Rule = _ => StoreWrite.Failed;
        Assert.Null(await acceptor.AnswerAsync(Prepare(5)));
        store.Rule = _ => StoreWrite.Done;
        Assert.IsType<RegisterReply.Promised>(await acceptor.AnswerAsync(Prepare(1)));
    });

    [Fact]
    public void A_restart_remembers_its_promise() => Pump.Run(async loop =>
    {
        var disk = new MemoryStore();
        var before = await LoadedAsync(new FaultyStore(disk), loop);
        await before.AnswerAsync(Prepare(5));
        var after = await LoadedAsync(new FaultyStore(disk), loop);
        Assert.Equal(before.Name, after.Name);
        Assert.IsType<RegisterReply.Beaten>(await after.AnswerAsync(Prepare(4)));
    });

    [Fact]
    public void A_disk_on_which_nobody_has_lived_may_found_a_cluster() => Pump.Run(async loop =>
    {
        var acceptor = await LoadedAsync(new FaultyStore(new MemoryStore()), loop);
        Assert.True(acceptor.Founds);
    });

    [Fact]
    public void A_disk_on_which_somebody_has_lived_founds_nothing_not_even_after_a_restart() => Pump.Run(async loop =>
    {
        var disk = new MemoryStore();
        await disk.WriteAsync(new StoreBatch().Put(KnownSlots.Place, KnownSlots.Record(new SlotSet())), Durability.Fsync, CancellationToken.None);
        Assert.False((await LoadedAsync(new FaultyStore(disk), loop)).Founds);
        Assert.False((await LoadedAsync(new FaultyStore(disk), loop)).Founds);
    });

    [Fact]
    public void A_damaged_record_is_another_disk_that_founds_nothing() => Pump.Run(async loop =>
    {
        var disk = new MemoryStore();
        var before = await LoadedAsync(new FaultyStore(disk), loop);
        var record = (await disk.GetAsync(HostedAcceptor.Place, CancellationToken.None)).Bytes.ToArray();
        record[^1] ^= 1;
        await disk.WriteAsync(new StoreBatch().Put(HostedAcceptor.Place, record), Durability.Fsync, CancellationToken.None);
        var after = await LoadedAsync(new FaultyStore(disk), loop);
        Assert.NotEqual(before.Name.Disk, after.Name.Disk);
        Assert.False(after.Founds);
    });

    [Fact]
    public void A_store_that_lost_something_is_another_disk_that_knows_what_was_chosen() => Pump.Run(async loop =>
    {
        var disk = new MemoryStore();
        var before = await LoadedAsync(new FaultyStore(disk), loop);
        await before.AnswerAsync(new RegisterRequest.Learn(First(before.Name)));
        await before.TrustAsync();
        var after = await LoadedAsync(new FaultyStore(disk), loop, "its store was damaged");
        Assert.NotEqual(before.Name.Disk, after.Name.Disk);
        Assert.Equal(First(before.Name), after.State!.Newest);
        Assert.True(after.MustRead);
    });

    [Fact]
    public void A_disk_in_doubt_gets_another_id_and_must_read_also_after_a_restart() => Pump.Run(async loop =>
    {
        var disk = new MemoryStore();
        var first = await LoadedAsync(new FaultyStore(disk), loop);
        await first.AnswerAsync(new RegisterRequest.Learn(First(first.Name)));
        await first.TrustAsync();
        var older = await LoadedAsync(new FaultyStore(disk), loop);
        Assert.False(older.MustRead);
        Assert.True(await older.DoubtAsync("others remember more"));
        Assert.NotEqual(first.Name.Disk, older.Name.Disk);
        var next = await LoadedAsync(new FaultyStore(disk), loop);
        Assert.Equal(older.Name, next.Name);
        Assert.True(next.MustRead);
    });

    [Fact]
    public void A_process_draws_one_id_however_many_doubt_its_disk() => Pump.Run(async loop =>
    {
        var disk = new MemoryStore();
        await LoadedAsync(new FaultyStore(disk), loop);
        var acceptor = await LoadedAsync(new FaultyStore(disk), loop);
        await acceptor.DoubtAsync("others remember more");
        var drawn = acceptor.Name;
        await acceptor.DoubtAsync("others remember more");
        Assert.Equal(drawn, acceptor.Name);
    });

    [Fact]
    public void Nothing_is_promised_before_others_have_said_what_they_remember() => Pump.Run(async loop =>
    {
        var disk = new MemoryStore();
        var before = await LoadedAsync(new FaultyStore(disk), loop);
        var first = First(before.Name);
        await before.AnswerAsync(new RegisterRequest.Learn(first));
        await before.TrustAsync();
        var acceptor = await LoadedAsync(new FaultyStore(disk), loop);
        var prepare = new RegisterRequest.Prepare(first.Instance, acceptor.Name, new Ballot(1, One, 1));
        Assert.Null(await acceptor.AnswerAsync(prepare));
        acceptor.MayVote = true;
        Assert.IsType<RegisterReply.Promised>(await acceptor.AnswerAsync(prepare));
    });

    [Fact]
    public void Who_took_part_in_founding_need_not_read_what_it_founded() => Pump.Run(async loop =>
    {
        var acceptor = await LoadedAsync(new FaultyStore(new MemoryStore()), loop);
        await acceptor.AnswerAsync(Prepare(1));
        await acceptor.AnswerAsync(new RegisterRequest.Learn(First(acceptor.Name)));
        Assert.False(acceptor.MustRead);
    });

    [Fact]
    public void Who_took_no_part_in_founding_must_read() => Pump.Run(async loop =>
    {
        var acceptor = await LoadedAsync(new FaultyStore(new MemoryStore()), loop);
        await acceptor.AnswerAsync(new RegisterRequest.Learn(First(acceptor.Name)));
        Assert.True(acceptor.MustRead);
    });

    [Fact]
    public void What_is_not_understood_is_not_learned() => Pump.Run(async loop =>
    {
        var acceptor = await LoadedAsync(new FaultyStore(new MemoryStore()), loop);
        acceptor.Understands = _ => false;
        Assert.Null(await acceptor.AnswerAsync(new RegisterRequest.Learn(First(acceptor.Name))));
        Assert.Null(acceptor.State!.Newest);
    });

    private static Decree First(AcceptorName name) => Decree.First(Seeds, 7, [name], new byte[] { 1 });

    private static RegisterRequest.Prepare Prepare(ulong number) => new(Seeds.Instance, new AcceptorName(One, default), new Ballot(number, One, 1));

    private static HostedAcceptor Of(IStore store, EventLoop loop) => new(One, Seeds, store, new NodeRandom(new Random(Interlocked.Increment(ref s_processes))), new NodeClock(loop), new ListLog());

    private static async Task<HostedAcceptor> LoadedAsync(IStore store, EventLoop loop, string? loss = null)
    {
        var acceptor = Of(store, loop);
        await acceptor.LoadAsync(loss, CancellationToken.None);
        return acceptor;
    }
}
