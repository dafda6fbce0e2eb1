using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Healing;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Oracles;
using Toystore.Simulation.Scheduling;
using Toystore.Simulation.Traces;
using Toystore.Simulation.Worlds;
using Toystore.Storage;

namespace Toystore.Tests.Simulation.Oracles;

/// <summary>
/// A cluster of three that does what a test says, step by step: who mints, who gets a copy, what is on which platter, what a client is told. Every step by itself is as a right cluster would do it; tests plant a bug by leaving one out, or by
/// telling a client something else.
/// </summary>
internal sealed class Script : IClusterUnderTest
{
    private static readonly Topology Three = Topology.Found(
        Cluster,
        [new Member(new NodeId(1), new Endpoint("127.0.0.1", 7001)), new Member(new NodeId(2), new Endpoint("127.0.0.1", 7002)), new Member(new NodeId(3), new Endpoint("127.0.0.1", 7003))],
        Quorums.Default,
        [new PolicyRule("lww:"u8.ToArray(), ConflictPolicy.LastWriteWins)]);

    private static readonly Ring Rings = new(Three);
    private readonly Dictionary<(int Node, Key Key), Container> _visible = [];
    private readonly Dictionary<(int Node, Key Key), Container> _synced = [];
    private readonly HashSet<(int Node, Key Key)> _garbled = [];
    private readonly Dictionary<(int Node, StoreKey Place), ReadOnlyMemory<byte>> _system = [];
    private ulong _reading = 1000;
    private int _names;

    public Script()
    {
        Loop = new EventLoop(Chance.For(1, "order"), shuffles: false);
        Trace = new Trace(Loop);
        Oracles = new OracleSet(this);
    }

    public static Key K => "k";

    public static Key Lww => "lww:k";

    public OracleSet Oracles { get; }

    public History History => Oracles.History;

    public EventLoop Loop { get; }

    public Trace Trace { get; }

    public Violations Violations { get; } = new();

    public int Nodes => 3;

    public Ring Ring => Rings;

    public WriteDurability Durability => WriteDurability.Fsync;

    public TimeSpan ClockSkewMax => TimeSpan.FromSeconds(10);

    public long TasksMax => 100;

    public int QueuedBytesMax => 1000;

    public int SiblingsMax { get; set; } = 100;

    public List<QueueReading> Lengths { get; } = [];

    public DateTimeOffset Clock { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static ClusterId Cluster
    {
        get
        {
            Assert.True(ClusterId.TryParse("8f0e7a34-52c6-4d2b-9c55-0b9f6f1f2a01", out var cluster));
            return cluster;
        }
    }

    public bool IsUp(int node) => true;

    public DateTimeOffset WallClock(int node) => Clock;

    public ReadOnlyMemory<byte> OnDisk(int node, StoreKey key, bool synced)
    {
        if (key.Area == StoreArea.System)
        {
            return _system.GetValueOrDefault((node, key));
        }

        if (_garbled.Contains((node, key.Key)))
        {
            return new byte[] { 1, 2, 3 };
        }

        return (synced ? _synced : _visible).TryGetValue((node, key.Key), out var container) ? RecordFormat.Encode(key, container, RecordFlags.None) : default;
    }

    public IEnumerable<QueueReading> Queues(int node) => Lengths;

    public Chance For(string purpose) => Chance.For(1, purpose);

    // A node that reads from those that it is told to; all three if R is 3.
    public Task<T> AskAsync<T>(int node, Func<IToystore, ValueTask<T>> ask, T whenGone) => ask(new Reader(this)).AsTask();

    /// <summary>A client begins to put a value.</summary>
    public WriteOp Put(SeenContext? seen = null, int client = 1, Key? key = null, Precondition? precondition = null, int? w = null, WriteDurability? durability = null, DateTimeOffset? expiresAt = null)
    {
        var name = $"v{++_names}";
        var options = Options(seen, precondition, w, durability);
        return History.BeginWrite(client, 0, key ?? K, name, History.Payload(name, 0), options, seen, expiresAt);
    }

    /// <summary>A client begins to delete.</summary>
    public WriteOp Delete(SeenContext? seen = null, int client = 1, Key? key = null) => History.BeginWrite(client, 0, key ?? K, $"v{++_names}", null, Options(seen, null, null, null), seen);

    /// <summary>An owner mints a dot for a write and stores it.</summary>
    public Dot Mint(WriteOp write, int node, bool synced = true, VersionVector? over = null, ulong? reading = null, Guid? request = null)
    {
        var dot = new Dot(new ActorId(new NodeId((ulong)node + 1), 7), new HybridTime((reading ?? ++_reading) << 16));
        var seen = over ?? (write.IsLastWrite ? Held(node, write.Key).Context : write.Seen?.Vector ?? (write.SeesForItself ? Held(node, write.Key).Context : default));
        var expires = write.ExpiresAt is { } at ? UnixTime.From(at) : (UnixTime?)null;
        var sibling = new Sibling(dot, write.Payload ?? default, null, expires, request ?? write.Options.RequestId, write.IsDelete ? ValueKind.Tombstone : ValueKind.Bytes);
        Hold(node, write.Key, Held(node, write.Key).Put(sibling, seen), synced);
        return dot;
    }

    /// <summary>One owner's container is merged into another's.</summary>
    public void Copy(int from, int to, Key? key = null, bool synced = true) => Hold(to, key ?? K, Held(to, key ?? K).Merge(Held(from, key ?? K)), synced);

    /// <summary>A record is written as it is.</summary>
    public void Hold(int node, Key key, Container container, bool synced = true)
    {
        var place = StoreKey.Data(key);
        var batch = new StoreBatch().Put(place, RecordFormat.Encode(place, container, RecordFlags.None));
        _visible[(node, key)] = container;
        _garbled.Remove((node, key));
        if (synced)
        {
            _synced[(node, key)] = container;
        }

        Oracles.Written(node, batch, synced);
    }

    /// <summary>A node puts the floor of the slot of <see cref="K"/> on its disk.</summary>
    public void Floor(int node, HybridTime floor)
    {
        var slot = Slot.Of(K);
        var row = slot.Index / FloorRecords.SlotsOfARow;
        var ofRow = new ulong[FloorRecords.SlotsOfARow];
        ofRow[slot.Index % FloorRecords.SlotsOfARow] = floor.Value;
        var bytes = FloorRecords.Encode(row, ofRow);
        _system[(node, FloorRecords.PlaceOf(row))] = bytes;
        Oracles.Written(node, new StoreBatch().Put(FloorRecords.PlaceOf(row), bytes), synced: true);
    }

    /// <summary>A node puts on its disk that it knows the slot of <see cref="K"/>.</summary>
    public void Know(int node)
    {
        var bytes = KnownSlots.Record(new SlotSet([Slot.Of(K)]));
        _system[(node, KnownSlots.Place)] = bytes;
        Oracles.Written(node, new StoreBatch().Put(KnownSlots.Place, bytes), synced: true);
    }

    /// <summary>What a node holds.</summary>
    public Container Held(int node, Key key) => _visible.GetValueOrDefault((node, key), Container.Empty);

    /// <summary>The client is told that it is done.</summary>
    public SeenContext Done(WriteOp write, int copies = 2)
    {
        var vector = write.Seen?.Vector ?? default;
        vector = write.Dots.Count == 1 ? vector.With(write.Dots[0]) : vector;
        return History.End(write, new WriteOutcome.Done(Token(write.Key, vector), copies, write.Durability))!;
    }

    /// <summary>A whole write as it should be: minted at the first of these owners, copied to the others, done.</summary>
    public SeenContext Write(WriteOp write, params int[] owners)
    {
        Mint(write, owners[0]);
        foreach (var other in owners.Skip(1))
        {
            Copy(owners[0], other, write.Key);
        }

        return Done(write, owners.Length);
    }

    /// <summary>The client is told that nobody knows.</summary>
    public void Unknown(WriteOp write) => History.End(write, new WriteOutcome.Unknown(2, 1, ""));

    /// <summary>The client is told that it did not happen.</summary>
    public void NotDone(WriteOp write) => History.End(write, new WriteOutcome.NotDone(NotDoneReason.Unavailable, ""));

    /// <summary>A client reads, and is shown what these owners hold together.</summary>
    public SeenContext? Read(int client, params int[] owners) => Read(client, K, owners);

    public SeenContext? Read(int client, Key key, params int[] owners)
    {
        var read = Begin(client, owners.Length, key);
        return History.End(read, Outcome(key, owners));
    }

    public ReadOp Begin(int client, int r, Key? key = null) => History.BeginRead(client, 0, key ?? K, new ReadOptions { R = r });

    /// <summary>What an answer made of these owners' containers is.</summary>
    public ReadOutcome Outcome(Key key, params int[] owners)
    {
        var merged = owners.Aggregate(Container.Empty, (all, owner) => all.Merge(Held(owner, key)));
        var live = merged.Siblings.ToArray();
        var shown = (key == Lww ? live.TakeLast(1) : live).Where(sibling => sibling.IsVisible(UnixTime.From(Clock))).GroupBy(sibling => sibling.RequestId).Select(same => new Value(same.Last().Value)).ToList();
        return shown.Count > 0 ? new ReadOutcome.Found(shown, Token(key, merged.Context)) : new ReadOutcome.NotFound(merged.IsEmpty ? null : Token(key, merged.Context));
    }

    public static ContextToken Token(Key key, VersionVector vector) => new(new CausalContext(Slot.Of(key), vector).ToToken(Three.ClusterId));

    /// <summary>What was not on the platter is gone.</summary>
    public void LosePower(int node, Key? key = null) => Change(node, key ?? K, _synced.GetValueOrDefault((node, key ?? K)), DiskLoss.PowerCut);

    /// <summary>Everything is gone.</summary>
    public void Wipe(int node, Key? key = null) => Change(node, key ?? K, null, DiskLoss.Wiped);

    /// <summary>The disk is as it was before there was anything.</summary>
    public void RollBack(int node, Key? key = null) => Change(node, key ?? K, null, DiskLoss.RolledBack);

    /// <summary>The record cannot be read any more.</summary>
    public void Garble(int node)
    {
        _garbled.Add((node, K));
        Oracles.Damaged(node, K);
    }

    /// <summary>Nothing is wrong.</summary>
    public void AssertFine() => Assert.Null(Violations.First);

    /// <summary>This oracle, and no other before it, has found this.</summary>
    public void AssertFound(FailureKind kind, string oracle)
    {
        var first = Assert.IsType<Violation>(Violations.First);
        Assert.Equal((oracle, kind), (first.Oracle, first.Kind));
    }

    private void Change(int node, Key key, Container? now, DiskLoss how)
    {
        foreach (var disk in new[] { _visible, _synced })
        {
            disk.Remove((node, key));
            if (now is not null)
            {
                disk[(node, key)] = now;
            }
        }

        Oracles.DiskChanged(node, how);
    }

    private WriteOptions Options(SeenContext? seen, Precondition? precondition, int? w, WriteDurability? durability) =>
        new() { Context = seen?.Token, Precondition = precondition, W = w, Durability = durability, RequestId = new Guid(_names, 1, 1, new byte[8]) };

    private sealed class Reader(Script script) : IToystore
    {
        public ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default)
        {
            var answer = script.Outcome(key, 0, 1, 2);
            if (script.WritesBack)
            {
                var merged = Enumerable.Range(0, 3).Aggregate(Container.Empty, (all, owner) => all.Merge(script.Held(owner, key)));
                for (var node = 0; node < 3; node++)
                {
                    script.Hold(node, key, merged);
                }
            }

            return new ValueTask<ReadOutcome>(script.Answers ? answer : new ReadOutcome.Unavailable(3, 2, "n3 sleeps"));
        }

        public ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    /// <summary>True if reads at the end mend what differs.</summary>
    public bool WritesBack { get; set; } = true;

    /// <summary>True if reads at the end are answered.</summary>
    public bool Answers { get; set; } = true;
}
