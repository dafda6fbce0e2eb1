using System.Buffers;
using BenchmarkDotNet.Attributes;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Benchmarks;

/// <summary>What anti-entropy costs: a write's share of the trees, a record's hash, a comparison of two equal nodes with a million keys, a scan.</summary>
[MemoryDiagnoser]
public class TreeBenchmarks
{
    private const int Keys = 1_000_000;
    private const int Changes = 1 << 16;

    private readonly SlotTrees _left = new(isStoreEmpty: true);
    private readonly SlotTrees _right = new(isStoreEmpty: true);
    private readonly SlotSet _all = SlotSet.All();
    private readonly TreeChange[] _changes = new TreeChange[Changes];
    private readonly ArrayBufferWriter<byte> _buffer = new(1 << 16);
    private Container _container = Container.Empty;
    private int _next;

    [GlobalSetup]
    public void Build()
    {
        _container = Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(1), 1), new HybridTime(1)), new byte[100]), default);
        var random = new Random(1);
        for (var i = 0; i < Keys; i++)
        {
            var key = new KeyHash((ulong)random.NextInt64());
            var change = new TreeChange(new Slot((ushort)random.Next(Slot.Count)), key, default, VersionsHash.Of(key, _container));
            _left.Apply(change);
            _right.Apply(change);
            if (i < Changes)
            {
                // There and back again: the trees stay as they are.
                _changes[i] = change with { Before = new VersionsHash((ulong)random.NextInt64()) };
            }
        }
    }

    /// <summary>A write to any slot of a large node: mostly two cache misses.</summary>
    [Benchmark]
    public void Apply() => _left.Apply(_changes[_next++ & (Changes - 1)]);

    [Benchmark]
    public VersionsHash HashOfRecord() => VersionsHash.Of(new KeyHash(42), _container);

    /// <summary>Both sides of an exchange of equal nodes, messages to bytes and back.</summary>
    [Benchmark]
    public int ExchangeOfEqualNodes()
    {
        var exchange = new Exchange(_right, _all, default, new ExchangeLimits(), new Random(1));
        var rows = ((ExchangeStep.Ask)exchange.Begin(new Instant(1))).Request;
        _buffer.ResetWrittenCount();
        ExchangeCodec.Write(rows, _buffer);
        var request = (ExchangeRequest.Rows)ExchangeCodec.ReadRequest(_buffer.WrittenMemory)!;
        var done = (ExchangeStep.Done)exchange.Answered(ExchangeResponder.Answer(request, _right, _all, default), new Instant(2));
        return done.Result.Of(new Slot(7)) == SlotVerdict.Equal ? _buffer.WrittenCount : throw new InvalidOperationException("equal nodes differ");
    }

    /// <summary>A scan of a slot with 610 keys (ten million on the node), the reading of the store left out.</summary>
    [Benchmark(OperationsPerInvoke = 610)]
    public bool ScanPerKey()
    {
        var slot = new Slot(1);
        var scan = new TreeScan(slot, slot);
        _left.Begin(slot, scan);
        for (var i = 0UL; i < 610; i++)
        {
            var key = new KeyHash(i << 54);
            scan.Add(slot, key, VersionsHash.Of(key, _container));
        }

        _left.Abandon(slot, scan);
        return true;
    }

    /// <summary>Trees of an empty node; the column of allocated bytes is what they hold.</summary>
    [Benchmark]
    public SlotTrees EmptyTrees() => new(isStoreEmpty: true);
}
