using CsCheck;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Healing;

public sealed class SlotTreesTests
{
    private static readonly Slot Slot = new(4711);

    private static readonly Gen<(int Key, int Version)[]> Writes = Gen.Select(Gen.Int[0, 400], Gen.Int[0, 3]).Array[0, 1500];

    [Fact]
    public void Every_depth_is_a_fold_of_what_was_written() => Writes.Sample(writes =>
    {
        var trees = new SlotTrees(isStoreEmpty: true);
        var store = new Dictionary<KeyHash, VersionsHash>();
        Play(trees, store, writes);
        AssertTrue(trees, store);
        Scan(trees, store);
        AssertTrue(trees, store);
    }, iter: 50, threads: 1);

    [Fact]
    public void A_scan_of_a_snapshot_and_the_writes_since_are_what_the_store_holds() => Gen.Select(Writes, Writes, Writes, Gen.Bool).Sample((before, during, after, isKnown) =>
    {
        var trees = new SlotTrees(isStoreEmpty: isKnown);
        var store = new Dictionary<KeyHash, VersionsHash>();
        Play(trees, store, before);
        var scan = trees.Begin(Slot);
        var snapshot = store.ToList();
        Assert.Equal(isKnown, trees.IsReady(Slot));
        for (int i = 0, w = 0; i < snapshot.Count || w < during.Length; i++, w++)
        {
            if (i < snapshot.Count)
            {
                scan.Add(snapshot[i].Key, snapshot[i].Value);
            }

            Play(trees, store, [.. during.Skip(w).Take(1)]);
        }

        if (isKnown)
        {
            AssertTrue(trees, store);
        }

        Assert.True(trees.Finish(scan));
        AssertTrue(trees, store);
        Play(trees, store, after);
        AssertTrue(trees, store);
    }, iter: 50, threads: 1);

    [Fact]
    public void A_slot_that_was_never_scanned_cannot_be_read()
    {
        var trees = new SlotTrees(isStoreEmpty: false);
        trees.Apply(Write(1, 1));
        Assert.False(trees.TryReadRoot(Slot, out _));
        Assert.False(trees.TryReadLeaves(Slot, 4, new ulong[16]));
        Assert.False(trees.TryReadRow(Slot.Index / 128, UInt128.MaxValue, out _));
        Assert.True(trees.WantsScan(Slot));
        var scan = trees.Begin(Slot);
        Assert.False(trees.WantsScan(Slot));
        Assert.False(trees.TryReadRoot(Slot, out _));
        Assert.True(trees.Finish(scan));
        Assert.True(trees.TryReadRoot(Slot, out _));
    }

    [Fact]
    public void A_doubt_makes_a_slot_unreadable_and_a_scan_that_had_begun_void()
    {
        var trees = new SlotTrees(isStoreEmpty: true);
        var scan = trees.Begin(Slot);
        trees.Doubt(Slot);
        Assert.False(trees.TryReadRoot(Slot, out _));
        Assert.True(trees.WantsScan(Slot));
        Assert.False(trees.Finish(scan));
        Assert.False(trees.IsReady(Slot));
        Assert.True(trees.Finish(trees.Begin(Slot)));
        Assert.True(trees.IsReady(Slot));
    }

    [Fact]
    public void What_is_suspected_is_unreadable_until_a_scan_that_began_later_is_done()
    {
        var trees = new SlotTrees(isStoreEmpty: true);
        var before = trees.Begin(Slot);
        trees.Suspect(Slot);
        Assert.False(trees.IsReady(Slot));
        Assert.False(trees.TryReadRoot(Slot, out _));
        Assert.False(trees.Finish(before));
        Assert.True(trees.WantsScan(Slot));
        Assert.False(trees.TryReadRoot(Slot, out _));
        var after = trees.Begin(Slot);
        Assert.True(trees.Finish(after));
        Assert.True(trees.TryReadRoot(Slot, out _));
        trees.Suspect(Slot);
        trees.Clear(Slot);
        Assert.True(trees.IsReady(Slot));
    }

    [Fact]
    public void A_slot_that_is_dropped_is_empty_and_a_scan_that_had_begun_void()
    {
        var trees = new SlotTrees(isStoreEmpty: true);
        trees.Apply(Write(1, 1));
        var scan = trees.Begin(Slot);
        scan.Add(Key(1), Version(1, 1));
        trees.Clear(Slot);
        trees.Apply(Write(2, 1));
        Assert.False(trees.Finish(scan));
        AssertTrue(trees, new() { [Key(2)] = Version(2, 1) });
    }

    [Fact]
    public void A_newer_scan_makes_an_older_one_void()
    {
        var trees = new SlotTrees(isStoreEmpty: false);
        var older = trees.Begin(Slot);
        var newer = trees.Begin(Slot);
        Assert.False(trees.Finish(older));
        trees.Abandon(older);
        Assert.True(trees.Finish(newer));
    }

    [Fact]
    public void A_scan_that_is_abandoned_leaves_the_slot_wanting_one()
    {
        var trees = new SlotTrees(isStoreEmpty: false);
        trees.Abandon(trees.Begin(Slot));
        Assert.True(trees.WantsScan(Slot));
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(192, 4)]
    [InlineData(193, 5)]
    [InlineData(610, 6)]
    [InlineData(3072, 8)]
    [InlineData(10_000, 8)] // the first scan cannot know
    public void A_first_scan_makes_as_many_leaves_as_suit_the_keys(int keys, int depth)
    {
        var trees = new SlotTrees(isStoreEmpty: false);
        var store = Enumerable.Range(0, keys).ToDictionary(Key, key => Version(key, 1));
        Scan(trees, store);
        Assert.Equal(depth, trees.DepthOf(Slot));
        Assert.Equal(keys > 3072, trees.WantsScan(Slot));
        Scan(trees, store);
        Assert.Equal(TreeShape.DepthFor(keys), trees.DepthOf(Slot));
        Assert.False(trees.WantsScan(Slot));
        AssertTrue(trees, store);
    }

    [Fact]
    public void A_slot_that_has_lost_most_of_its_keys_wants_to_shrink()
    {
        var trees = new SlotTrees(isStoreEmpty: false);
        var store = Enumerable.Range(0, 200).ToDictionary(Key, key => Version(key, 1));
        Scan(trees, store);
        Assert.Equal(5, trees.DepthOf(Slot));
        for (var key = 0; key < 152; key++)
        {
            Assert.False(trees.WantsScan(Slot));
            trees.Apply(new TreeChange(Slot, Key(key), Version(key, 1), default));
        }

        trees.Apply(new TreeChange(Slot, Key(152), Version(152, 1), default));
        Assert.True(trees.WantsScan(Slot)); // 47 keys, a quarter of 192
    }

    [Fact]
    public void A_row_is_made_of_the_slots_that_are_asked_for_alone()
    {
        var (left, right) = (new SlotTrees(true), new SlotTrees(true));
        left.Apply(new TreeChange(new Slot(130), Key(1), default, Version(1, 1)));
        right.Apply(new TreeChange(new Slot(131), Key(1), default, Version(1, 1)));
        right.Doubt(new Slot(132));
        Assert.True(left.TryReadRow(1, ~UInt128.Zero << 5, out var mine) && right.TryReadRow(1, ~UInt128.Zero << 5, out var theirs) && mine == theirs);
        Assert.True(left.TryReadRow(1, 12, out mine) && right.TryReadRow(1, 12, out theirs) && mine != theirs); // the same root, but another slot's
        Assert.False(right.TryReadRow(1, 16, out _));
    }

    [Fact]
    public void Writing_allocates_nothing_also_while_the_slot_is_scanned()
    {
        var trees = new SlotTrees(isStoreEmpty: true);
        var change = Write(1, 1);
        Allocations.None(() => trees.Apply(change));
        trees.Begin(Slot);
        Allocations.None(() => trees.Apply(change));
    }

    [Fact]
    public void Empty_trees_take_less_than_8_MiB_and_those_of_ten_million_keys_less_than_2_bytes_a_key()
    {
        const int perSlot = 610;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var trees = new SlotTrees(isStoreEmpty: false);
        var held = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(held, Slot.Count * 16L, 8 << 20);

        // What a scan keeps is what its end allocates; what it replaces is counted still, so this is too much if anything.
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            var scan = trees.Begin(new Slot((ushort)slot));
            for (var key = 0; key < perSlot; key++)
            {
                scan.Add(Key(key), Version(key, 1));
            }

            before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(trees.Finish(scan));
            held += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(held / (double)(perSlot * Slot.Count), 0.5, 2);
        Assert.Equal(64, 1 << trees.DepthOf(Slot));
    }

    [Fact]
    public void Readers_on_other_threads_see_nothing_that_was_never_so()
    {
        var trees = new SlotTrees(isStoreEmpty: true);
        var (there, gone) = (Write(1, 1), new TreeChange(Slot, Key(1), Version(1, 1), default));
        var stop = false;
        var strange = 0;
        var readers = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                strange += trees.TryReadRoot(Slot, out var root) && root != 0 && root != Version(1, 1).Value ? 1 : 0;
            }
        })).ToList();
        readers.ForEach(reader => reader.Start());
        for (var i = 0; i < 20_000; i++)
        {
            trees.Apply(there);
            if (i % 10 == 0)
            {
                trees.Doubt(Slot);
                trees.Apply(Write(7, 1)); // of which nobody may know, until it is scanned
                var scan = trees.Begin(Slot);
                scan.Add(Key(1), Version(1, 1));
                trees.Finish(scan);
            }

            trees.Apply(gone);
        }

        Volatile.Write(ref stop, true);
        readers.ForEach(reader => reader.Join());
        Assert.Equal(0, strange);
    }

    private static KeyHash Key(int key) => new(Scramble.Mix((ulong)key + 1));

    private static VersionsHash Version(int key, int version) => new(version == 0 ? 0 : Scramble.Mix(((ulong)version << 32) + (ulong)key + 1));

    private static TreeChange Write(int key, int version) => new(Slot, Key(key), default, Version(key, version));

    private static void Play(SlotTrees trees, Dictionary<KeyHash, VersionsHash> store, (int Key, int Version)[] writes)
    {
        foreach (var (key, version) in writes)
        {
            trees.Apply(new TreeChange(Slot, Key(key), store.GetValueOrDefault(Key(key)), Version(key, version)));
            store.Remove(Key(key));
            if (version != 0)
            {
                store[Key(key)] = Version(key, version);
            }
        }
    }

    private static void Scan(SlotTrees trees, Dictionary<KeyHash, VersionsHash> store)
    {
        var scan = trees.Begin(Slot);
        foreach (var (key, versions) in store)
        {
            scan.Add(key, versions);
        }

        Assert.True(trees.Finish(scan));
    }

    private static void AssertTrue(SlotTrees trees, Dictionary<KeyHash, VersionsHash> store)
    {
        Assert.True(trees.TryReadRoot(Slot, out var root));
        Assert.Equal(store.Values.Aggregate(0UL, (sum, versions) => sum ^ versions.Value), root);
        Assert.Equal(store.Count, trees.KeysOf(Slot));
        for (var depth = 0; depth <= trees.DepthOf(Slot); depth++)
        {
            var leaves = new ulong[1 << depth];
            Assert.True(trees.TryReadLeaves(Slot, depth, leaves));
            var expected = new ulong[1 << depth];
            foreach (var (key, versions) in store)
            {
                expected[depth == 0 ? 0 : key.Value >> (64 - depth)] ^= versions.Value;
            }

            Assert.Equal(expected, leaves);
        }

        Assert.False(trees.TryReadLeaves(Slot, trees.DepthOf(Slot) + 1, new ulong[1 << 13]));
    }
}
