using BenchmarkDotNet.Attributes;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Benchmarks;

/// <summary>What a request pays to find its owners, and what a change of topology costs.</summary>
[MemoryDiagnoser]
public class RingBenchmarks
{
    private static readonly ClusterId Cluster = new(new Guid("6f1c2a34-9b7d-4e0f-8a55-0123456789ab"));

    private Member[] _members = [];
    private Topology _topology = null!;
    private Ring _ring = null!;
    private byte[] _encoded = [];
    private ushort _slot;

    [Params(10, 100, 300)]
    public int Members { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _members = [.. Enumerable.Range(1, Members + 1).Select(i => new Member(new NodeId((ulong)i), new Endpoint($"host{i}", 7000)) { Zone = $"zone{i % 3}" })];
        _topology = Topology.Found(Cluster, [.. _members.SkipLast(1)], Quorums.Default, []);
        _ring = new Ring(_topology);
        _encoded = TopologyCodec.Encode(_topology);
    }

    [Benchmark]
    public NodeId FirstOwner() => _ring.Owners(NextSlot())[0];

    [Benchmark]
    public ulong OwnersAndOneStandIn()
    {
        var sum = 0UL;
        var left = 4;
        foreach (var node in _ring.PreferenceList(NextSlot()))
        {
            sum += node.Value;
            if (--left == 0)
            {
                break;
            }
        }

        return sum;
    }

    [Benchmark]
    public Ring Build() => new(_topology);

    [Benchmark]
    public bool Decode() => TopologyCodec.TryDecode(_encoded, out _);

    [Benchmark]
    public OwnerTable Found() => Allocator.Allocate(_members, 3);

    [Benchmark]
    public OwnerTable Join() => Allocator.Allocate(_members, 3, _topology.Owners);

    private Slot NextSlot() => new((ushort)((_slot += 7919) % Slot.Count));
}
