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

    private readonly ulong[] _roots = new ulong[Slot.Count];
    private readonly int[] _keys = new int[Slot.Count];
    private readonly ulong[][] _leaves = new ulong[Slot.Count][];
    private readonly TreeScan?[] _scans = new TreeScan?[Slot.Count];

    // Even: ready. Changes whenever that does, so that a reader who finds it even, and the same afterwards, has read something true.
    private readonly int[] _states = new int[Slot.Count];

    // How often anybody suspected the slot, and how often somebody had when the tree of today was begun. If they differ it is not ready either.
    private readonly int[] _suspicions = new int[Slot.Count];
    private readonly int[] _cleared = new int[Slot.Count];
    private int _calls;

    /// <summary>The trees of a store that is empty (then all are ready), or of one that has to be scanned first.</summary>
    public SlotTrees(bool isStoreEmpty)
    {
        Array.Fill(_leaves, Nothing);
        Array.Fill(_states, isStoreEmpty ? 0 : 1);
    }

    /// <summary>The writer: a record was written. O(1), allocates nothing but the leaves of a slot that held nothing.</summary>
    public void Apply(in TreeChange change)
    {
        var slot = change.Slot.Index;
        var leaves = _leaves[slot];
        if (ReferenceEquals(leaves, Nothing))
        {
            leaves = new ulong[Nothing.Length];
            Volatile.Write(ref _leaves[slot], leaves);
        }

        var depth = BitOperations.Log2((uint)leaves.Length);
        leaves[change.Key.Leaf(depth)] ^= change.Delta;
        _roots[slot] ^= change.Delta;
        _scans[slot]?.Note(change);
        if (change.Keys != 0)
        {
            _keys[slot] += change.Keys;
            if (TreeShape.IsOutgrown(depth, _keys[slot]))
            {
                Interlocked.Increment(ref _calls);
            }
        }
    }

    /// <summary>The writer: all records of the slot are gone. A scan of it that has begun is void.</summary>
    public void Clear(Slot slot)
    {
        _scans[slot.Index] = null;
        Publish(slot, Nothing, 0, Volatile.Read(ref _suspicions[slot.Index]));
    }

    /// <summary>The writer: nobody knows what the slot holds (a write may or may not have happened). It is not comparable until it has been scanned; a scan that has begun is void.</summary>
    public void Doubt(Slot slot)
    {
        Volatile.Write(ref _states[slot.Index], _states[slot.Index] | 1);
        _scans[slot.Index] = null;
        Interlocked.Increment(ref _calls);
    }

    /// <summary>
    /// Anybody: something that the writer has already applied may have been wrong. As a doubt, of what was applied so far: the slot is not comparable until a scan is finished that begins after this.
    /// </summary>
    public void Suspect(Slot slot)
    {
        Interlocked.Increment(ref _suspicions[slot.Index]);
        Interlocked.Increment(ref _calls);
    }

    /// <summary>A number that has changed if a slot wants to be scanned that did not before: so that nobody has to look at all of them.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The writer, between two batches, together with a snapshot of the store: the slot is going to be scanned. A scan of it that had begun is void.</summary>
    public TreeScan Begin(Slot slot)
    {
        // Nobody knows how many keys a slot has that was never scanned: deep enough for three thousand, to be folded when it is known.
        var depth = IsReady(slot) ? TreeShape.DepthFor(_keys[slot.Index]) : TreeScan.DepthUnknown;
        return _scans[slot.Index] = new TreeScan(slot, depth, Volatile.Read(ref _suspicions[slot.Index]));
    }

    /// <summary>The writer, between two batches: all records of the snapshot have been added. False, and nothing changed, if the scan is void.</summary>
    public bool Finish(TreeScan scan)
    {
        if (_scans[scan.Slot.Index] != scan)
        {
            return false;
        }

        _scans[scan.Slot.Index] = null;
        if (scan.Suspicions != Volatile.Read(ref _suspicions[scan.Slot.Index]))
        {
            return false;
        }

        Publish(scan.Slot, scan.Leaves() ?? Nothing, scan.Keys, scan.Suspicions);
        return true;
    }

    /// <summary>The writer: a scan could not be carried through. No harm if it is void.</summary>
    public void Abandon(TreeScan scan)
    {
        if (_scans[scan.Slot.Index] == scan)
        {
            _scans[scan.Slot.Index] = null;
        }
    }

    /// <summary>True if the slot's tree says what the store holds.</summary>
    public bool IsReady(Slot slot) => Volatile.Read(ref _states[slot.Index]) % 2 == 0 && !IsSuspected(slot);

    /// <summary>How many keys with at least one version a slot holds; without meaning unless it is ready.</summary>
    public int KeysOf(Slot slot) => Volatile.Read(ref _keys[slot.Index]);

    /// <summary>The slot has 2^so many leaves.</summary>
    public int DepthOf(Slot slot) => BitOperations.Log2((uint)Volatile.Read(ref _leaves[slot.Index]).Length);

    /// <summary>True if the slot wants to be scanned: its tree is not known, or of the wrong size; and no scan of it has begun.</summary>
    public bool WantsScan(Slot slot) =>
        Volatile.Read(ref _scans[slot.Index]) is null && (!IsReady(slot) || TreeShape.IsOutgrown(DepthOf(slot), KeysOf(slot)));

    /// <summary>The XOR of all leaves of a slot. False if it is not ready.</summary>
    public bool TryReadRoot(Slot slot, out ulong root)
    {
        var state = Volatile.Read(ref _states[slot.Index]);
        root = Volatile.Read(ref _roots[slot.Index]);
        return IsUnchanged(slot, state);
    }

    /// <summary>The leaves of a slot, folded to 2^<paramref name="depth"/> of them. False if it is not ready or not that deep.</summary>
    public bool TryReadLeaves(Slot slot, int depth, Span<ulong> into)
    {
        var state = Volatile.Read(ref _states[slot.Index]);
        var leaves = Volatile.Read(ref _leaves[slot.Index]);
        if (leaves.Length < 1 << depth)
        {
            return false;
        }

        Fold(leaves, into[..(1 << depth)]);
        return IsUnchanged(slot, state);
    }

    /// <summary>A hash of the roots of some slots of a row, and of which slots these are. False if one of them is not ready.</summary>
    public bool TryReadRow(int row, UInt128 slots, out ulong hash)
    {
        hash = 0;
        foreach (var slot in SlotSet.SlotsOf(row, slots))
        {
            if (!TryReadRoot(slot, out var root))
            {
                return false;
            }

            hash ^= Scramble.OfSlot(slot.Index, root);
        }

        return true;
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

    private bool IsUnchanged(Slot slot, int state)
    {
        Volatile.ReadBarrier();
        return state % 2 == 0 && Volatile.Read(ref _states[slot.Index]) == state && !IsSuspected(slot);
    }

    private bool IsSuspected(Slot slot) => Volatile.Read(ref _suspicions[slot.Index]) != Volatile.Read(ref _cleared[slot.Index]);

    private void Publish(Slot slot, ulong[] leaves, int keys, int suspicions)
    {
        if (IsSuspected(slot))
        {
            // Or somebody who has read what was suspected could find nothing wrong with it afterwards.
            Volatile.Write(ref _states[slot.Index], _states[slot.Index] | 1);
        }

        var root = 0UL;
        foreach (var leaf in leaves)
        {
            root ^= leaf;
        }

        Volatile.Write(ref _leaves[slot.Index], leaves);
        Volatile.Write(ref _roots[slot.Index], root);
        Volatile.Write(ref _keys[slot.Index], keys);
        Volatile.Write(ref _cleared[slot.Index], suspicions);
        Volatile.Write(ref _states[slot.Index], (_states[slot.Index] | 1) + 1);
    }
}
