using System.Numerics;
using Toystore.Core.Placement;

namespace Toystore.Core.Healing;

/// <summary>
/// What a node holds, slot by slot, in a form that is cheap to keep and cheap to compare: each slot has leaves, a key belongs to one by the upper bits of its hash, and a leaf is the XOR of the hashes of its keys' versions.
/// </summary>
/// <remarks>
/// <code>
/// row 0 ............ row 127     a hash of the roots of 128 slots, made when it is asked for, of just the slots that both sides own
///   slot 0 .. slot 127           root: the XOR of the slot's leaves
///     leaf 0 .. leaf 2^d - 1     the XOR of VersionsHash over the records whose key hash begins with these d bits
/// </code>
/// <para>
/// A write changes one leaf and one root: <c>leaf ^= before ^ after</c>. A smaller tree is a fold of a larger one, so two nodes compare at the smaller of their depths. A larger one cannot be made of a smaller: the slot is scanned
/// again. Rejected: a tree on disk (every write would cost one more, and a crash leaves it in doubt anyhow); leaves of 32 bits; one size for all (too coarse for a large node, or too large for a small one); rows kept up to date (more work at every
/// write, to save 40 µs at an exchange).
/// </para>
/// <para>
/// <b>Threads.</b> A slot has one writer at a time: whoever writes its shard. <see cref="Apply"/>, <see cref="Begin"/>, <see cref="Finish"/>, <see cref="Clear"/> and <see cref="Doubt"/> are for it alone, and whoever takes over from
/// it does so through a lock. <see cref="Suspect"/> is for anybody. Everything else may be asked from any thread, without locks. What it reads is 64 bits at a time, each as it was at some moment during the call; a root and a leaf, or two leaves, need not be of the
/// same moment. That is enough: an exchange claims of each leaf (or root) alone that it was equal at some moment after the exchange began, and a difference that was only a write under way is gone when it is confirmed.
/// </para>
/// <para>
/// <b>Rescans.</b> The writer, between two batches: <see cref="Begin"/>, and a snapshot of the store. Then every write is either in the snapshot, or its change comes after it. The scan of the snapshot is added on any thread; then
/// the writer again, between two batches: <see cref="Finish"/>. A slot whose tree was good stays comparable meanwhile; one whose tree is not known (at the start, after a write of which nobody knows whether it happened) says so.
/// </para>
/// </remarks>
public sealed class SlotTrees
{
    // Of every slot that holds nothing: never written to. A small store has many.
    private static readonly ulong[] Nothing = new ulong[1 << TreeShape.DepthMin];

    private readonly Tree[] _trees = new Tree[Slot.Count];
    private int _calls;

    /// <summary>The trees of a store that is empty (then all are ready), or of one that has to be scanned first.</summary>
    public SlotTrees(bool isStoreEmpty)
    {
        for (var slot = 0; slot < _trees.Length && !isStoreEmpty; slot++)
        {
            _trees[slot].State = 1;
        }
    }

    /// <summary>The writer: a record was written. O(1), allocates nothing but the leaves of a slot that held nothing.</summary>
    public void Apply(in TreeChange change)
    {
        ref var tree = ref _trees[change.Slot.Index];
        if (tree.Leaves is not { } leaves)
        {
            leaves = new ulong[Nothing.Length];
            Volatile.Write(ref tree.Leaves, leaves);
        }

        var depth = BitOperations.Log2((uint)leaves.Length);
        leaves[change.Key.Leaf(depth)] ^= change.Delta;
        tree.Root ^= change.Delta;
        tree.Scan?.Note(change);
        if (change.Keys != 0)
        {
            tree.Keys += change.Keys;
            if (TreeShape.IsOutgrown(depth, tree.Keys))
            {
                Interlocked.Increment(ref _calls);
            }
        }
    }

    /// <summary>The writer: all records of the slot are gone. A scan of it that has begun is void.</summary>
    public void Clear(Slot slot)
    {
        ref var tree = ref _trees[slot.Index];
        tree.Scan = null;
        Publish(ref tree, null, 0, Volatile.Read(ref tree.Suspicions));
    }

    /// <summary>The writer: nobody knows what the slot holds (a write may or may not have happened). It is not comparable until it has been scanned; a scan that has begun is void.</summary>
    public void Doubt(Slot slot)
    {
        ref var tree = ref _trees[slot.Index];
        Volatile.Write(ref tree.State, tree.State | 1);
        tree.Scan = null;
        Interlocked.Increment(ref _calls);
    }

    /// <summary>
    /// Anybody: something that the writer has already applied may have been wrong. As a doubt, of what was applied so far: the slot is not comparable until a scan is finished that begins after this.
    /// </summary>
    public void Suspect(Slot slot)
    {
        Interlocked.Increment(ref _trees[slot.Index].Suspicions);
        Interlocked.Increment(ref _calls);
    }

    /// <summary>A number that has changed if a slot wants to be scanned that did not before: so that nobody has to look at all of them.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The writer, between two batches, together with a snapshot of the store: the slot is going to be scanned. A scan of it that had begun is void.</summary>
    public void Begin(Slot slot, TreeScan scan)
    {
        // Nobody knows how many keys a slot has that was never scanned: deep enough for three thousand, to be folded when it is known.
        ref var tree = ref _trees[slot.Index];
        scan.Begin(slot, IsReady(tree) ? TreeShape.DepthFor(tree.Keys) : TreeScan.DepthUnknown, Volatile.Read(ref tree.Suspicions));
        tree.Scan = scan;
    }

    /// <summary>The writer, between two batches: all records of the slot in the snapshot have been added. False, and nothing changed, if the scan of it is void.</summary>
    public bool Finish(Slot slot, TreeScan scan)
    {
        ref var tree = ref _trees[slot.Index];
        if (tree.Scan != scan)
        {
            return false;
        }

        tree.Scan = null;
        var (suspicions, keys, leaves) = scan.ResultOf(slot);
        if (suspicions != Volatile.Read(ref tree.Suspicions))
        {
            return false;
        }

        Publish(ref tree, leaves, keys, suspicions);
        return true;
    }

    /// <summary>The writer: a scan of a slot could not be carried through. No harm if it is void.</summary>
    public void Abandon(Slot slot, TreeScan scan)
    {
        ref var tree = ref _trees[slot.Index];
        tree.Scan = tree.Scan == scan ? null : tree.Scan;
    }

    /// <summary>True if the slot's tree says what the store holds.</summary>
    public bool IsReady(Slot slot) => IsReady(_trees[slot.Index]);

    /// <summary>How many keys with at least one version a slot holds; without meaning unless it is ready.</summary>
    public int KeysOf(Slot slot) => Volatile.Read(ref _trees[slot.Index].Keys);

    /// <summary>The slot has 2^so many leaves.</summary>
    public int DepthOf(Slot slot) => DepthOf(_trees[slot.Index]);

    /// <summary>The first slot, from this one on, that wants to be scanned: its tree is not known, or of the wrong size; and no scan of it has begun. Null if there is none.</summary>
    public Slot? FirstWanting(Slot from)
    {
        for (var index = (int)from.Index; index < _trees.Length; index++)
        {
            if (WantsScan(_trees[index]))
            {
                return new Slot((ushort)index);
            }
        }

        return null;
    }

    /// <summary>True if the slot wants to be scanned, as <see cref="FirstWanting"/>.</summary>
    public bool WantsScan(Slot slot) => WantsScan(_trees[slot.Index]);

    /// <summary>The XOR of all leaves of a slot. False if it is not ready.</summary>
    public bool TryReadRoot(Slot slot, out ulong root)
    {
        ref var tree = ref _trees[slot.Index];
        var state = Volatile.Read(ref tree.State);
        root = Volatile.Read(ref tree.Root);
        return IsUnchanged(tree, state);
    }

    /// <summary>The leaves of a slot, folded to 2^<paramref name="depth"/> of them. False if it is not ready or not that deep.</summary>
    public bool TryReadLeaves(Slot slot, int depth, Span<ulong> into)
    {
        ref var tree = ref _trees[slot.Index];
        var state = Volatile.Read(ref tree.State);
        var leaves = Volatile.Read(ref tree.Leaves) ?? Nothing;
        if (leaves.Length < 1 << depth)
        {
            return false;
        }

        Fold(leaves, into[..(1 << depth)]);
        return IsUnchanged(tree, state);
    }

    /// <summary>A hash of the roots of some slots of a row, and of which slots these are. False if one of them is not ready.</summary>
    public bool TryReadRow(int row, UInt128 slots, out ulong hash)
    {
        var ready = ReadyOf(row, slots, out hash);
        return ready == slots;
    }

    /// <summary>A number over the roots of some slots: equal for two owners exactly if they hold the same (to 2^-64). False if one of them is not ready.</summary>
    public bool TryReadSum(SlotSet slots, out ulong sum)
    {
        sum = 0;
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            if (!TryReadRow(row, slots[row], out var hash))
            {
                return false;
            }

            sum ^= hash;
        }

        return true;
    }

    /// <summary>Of some slots of a row those that are ready; and a hash of their roots, as <see cref="TryReadRow"/>.</summary>
    public UInt128 ReadyOf(int row, UInt128 slots, out ulong hash)
    {
        hash = 0;
        var low = ReadyOf(row * SlotSet.RowLength, (ulong)slots, ref hash);
        var high = ReadyOf((row * SlotSet.RowLength) + 64, (ulong)(slots >> 64), ref hash);
        return new UInt128(high, low);
    }

    private ulong ReadyOf(int first, ulong slots, ref ulong hash)
    {
        var ready = slots;
        for (var left = slots; left != 0; left &= left - 1)
        {
            var index = first + BitOperations.TrailingZeroCount(left);
            ref var tree = ref _trees[index];
            var state = Volatile.Read(ref tree.State);
            var root = Volatile.Read(ref tree.Root);
            if (IsUnchanged(tree, state))
            {
                hash ^= root == 0 ? Scramble.OfEmptySlot(index) : Scramble.OfSlot(index, root);
            }
            else
            {
                ready &= ~(left & (0 - left));
            }
        }

        return ready;
    }

    /// <summary>XORs neighbours until so many are left; <paramref name="into"/> is overwritten.</summary>
    internal static void Fold(ReadOnlySpan<ulong> leaves, Span<ulong> into)
    {
        into.Clear();
        FoldInto(leaves, into);
    }

    /// <summary>As <see cref="Fold"/>, on top of what is there; nothing comes of no leaves.</summary>
    internal static void FoldInto(ReadOnlySpan<ulong> leaves, Span<ulong> into)
    {
        if (leaves.IsEmpty)
        {
            return;
        }

        var shift = BitOperations.Log2((uint)(leaves.Length / into.Length));
        for (var leaf = 0; leaf < leaves.Length; leaf++)
        {
            into[leaf >> shift] ^= leaves[leaf];
        }
    }

    private static bool IsUnchanged(in Tree tree, int state)
    {
        Volatile.ReadBarrier();
        return state % 2 == 0 && Volatile.Read(in tree.State) == state && !IsSuspected(tree);
    }

    private static bool IsSuspected(in Tree tree) => Volatile.Read(in tree.Suspicions) != Volatile.Read(in tree.Cleared);

    private static bool IsReady(in Tree tree) => Volatile.Read(in tree.State) % 2 == 0 && !IsSuspected(tree);

    private static int DepthOf(in Tree tree) => Volatile.Read(in tree.Leaves) is { } leaves ? BitOperations.Log2((uint)leaves.Length) : TreeShape.DepthMin;

    private static bool WantsScan(in Tree tree) => Volatile.Read(in tree.Scan) is null && (!IsReady(tree) || TreeShape.IsOutgrown(DepthOf(tree), Volatile.Read(in tree.Keys)));

    private static void Publish(ref Tree tree, ulong[]? leaves, int keys, int suspicions)
    {
        if (IsSuspected(tree))
        {
            // Or somebody who has read what was suspected could find nothing wrong with it afterwards.
            Volatile.Write(ref tree.State, tree.State | 1);
        }

        var root = 0UL;
        foreach (var leaf in leaves ?? [])
        {
            root ^= leaf;
        }

        Volatile.Write(ref tree.Leaves, leaves);
        Volatile.Write(ref tree.Root, root);
        Volatile.Write(ref tree.Keys, keys);
        Volatile.Write(ref tree.Cleared, suspicions);
        Volatile.Write(ref tree.State, (tree.State | 1) + 1);
    }

    /// <summary>That of a slot. Its fields lie together, as whoever looks at one of them looks at others.</summary>
    private struct Tree
    {
        public ulong Root;
        public ulong[]? Leaves; // null if it holds nothing
        public TreeScan? Scan;
        public int Keys;

        // Even: ready. Changes whenever that does, so that a reader who finds it even, and the same afterwards, has read something true.
        public int State;

        // How often anybody suspected the slot, and how often somebody had when the tree of today was begun. If they differ it is not ready either.
        public int Suspicions;
        public int Cleared;
    }
}
