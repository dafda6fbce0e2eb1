using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Tests.Core.Healing;

/// <summary>A replica without a disk: its records in the store's order, its trees, and a clock that mints dots.</summary>
internal sealed class PureReplica
{
    private readonly SortedList<KeyAt, Container>?[] _slots = new SortedList<KeyAt, Container>[Slot.Count];
    private readonly ActorId _actor;
    private ulong _time = 1_700_000_000_000 << 16;

    public PureReplica(ulong node, bool isReady = true)
    {
        _actor = new ActorId(new NodeId(node), 1);
        Trees = new SlotTrees(isReady);
    }

    public SlotTrees Trees { get; }

    public SlotSet Mine { get; init; } = SlotSet.All();

    public HybridTime Ticket { get; set; }

    /// <summary>True to refuse all merges.</summary>
    public bool IsFull { get; set; }

    /// <summary>A step that cannot read: lists of leaves, or records.</summary>
    public Type? Unreadable { get; set; }

    public IEnumerable<(Key Key, Container Container)> All => _slots.SelectMany(slot => (slot ?? []).Select(record => (record.Key.Key, record.Value)));

    public Container Get(Key key) => _slots[Slot.Of(key).Index]?.GetValueOrDefault(KeyAt.Of(key), Container.Empty) ?? Container.Empty;

    public void Put(Key key, int valueBytes = 8) => Set(key, Get(key).Put(new Sibling(Mint(key), new byte[valueBytes]), Get(key).Context));

    /// <summary>A write by somebody who had seen nothing.</summary>
    public void PutBlind(Key key) => Set(key, Get(key).Put(new Sibling(Mint(key), new byte[8]), default));

    public void Delete(Key key) => Set(key, Get(key).Put(new Sibling(Mint(key), default, kind: ValueKind.Tombstone), Get(key).Context));

    public Container Merge(Key key, Container incoming)
    {
        Set(key, Get(key).Merge(incoming));
        return Get(key);
    }

    /// <summary>Writes a record as it is; nothing removes it.</summary>
    public void Set(Key key, Container container)
    {
        var at = KeyAt.Of(key);
        var slot = Slot.Of(key);
        var change = new TreeChange(slot, at.Hash, VersionsHash.Of(at.Hash, Get(key)), VersionsHash.Of(at.Hash, container));
        if (container.IsEmpty)
        {
            _slots[slot.Index]?.Remove(at);
        }
        else
        {
            (_slots[slot.Index] ??= new SortedList<KeyAt, Container>(4))[at] = container;
        }

        Trees.Apply(change);
    }

    /// <summary>Changes a record behind the tree's back.</summary>
    public void Corrupt(Key key, Container container) => (_slots[Slot.Of(key).Index] ??= [])[KeyAt.Of(key)] = container;

    public IReadOnlyList<ListedRecord>? List(LeafRange range) =>
        Unreadable == typeof(ExchangeStep.List) ? null : [.. Range(range.Slot, range.First, range.Last).Select(record => ListedRecord.Of(record.Key.Hash, record.Key.Key, record.Value)).Where(record => !record.Versions.IsNothing)];

    public IReadOnlyList<HeldRecord>? Fetch(WantedRecords wanted) =>
        Unreadable == typeof(ExchangeStep.Fetch) ? null : [.. Range(wanted.Slot, wanted.Key.First, wanted.Key.Last).Select(record => new HeldRecord(record.Key.Key, record.Value))];

    /// <summary>Scans a slot from its beginning to its end, with nothing in between.</summary>
    public void Scan(Slot slot)
    {
        var scan = Trees.Begin(slot);
        foreach (var record in _slots[slot.Index] ?? [])
        {
            scan.Add(record.Key.Hash, VersionsHash.Of(record.Key.Hash, record.Value));
        }

        Assert.True(Trees.Finish(scan));
    }

    public void ScanWhatWantsIt()
    {
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            if (Trees.WantsScan(new Slot((ushort)slot)))
            {
                Scan(new Slot((ushort)slot));
            }
        }
    }

    private IEnumerable<KeyValuePair<KeyAt, Container>> Range(Slot slot, KeyHash first, KeyHash last) =>
        (_slots[slot.Index] ?? []).Where(record => record.Key.Hash.Value >= first.Value && record.Key.Hash.Value <= last.Value);

    private Dot Mint(Key key)
    {
        _time = Math.Max(_time, Get(key).Context.Highest.Time.Value) + 1;
        return new Dot(_actor, new HybridTime(_time));
    }

    private readonly record struct KeyAt(KeyHash Hash, Key Key) : IComparable<KeyAt>
    {
        public static KeyAt Of(Key key) => new(new KeyHash(StoreKeyBytes.HashOf(key)), key);

        public int CompareTo(KeyAt other) => Hash.CompareTo(other.Hash) is not 0 and var order ? order : Key.CompareTo(other.Key);
    }
}
