using BenchmarkDotNet.Attributes;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Benchmarks;

/// <summary>What every request pays for causality: merging, encoding, digests, tokens.</summary>
[MemoryDiagnoser]
public class VersionBenchmarks
{
    private static readonly ClusterId Cluster = new(new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"));
    private static readonly Slot Slot = new(11058);

    private Container _one = Container.Empty;
    private Container _concurrent = Container.Empty;
    private Container _later = Container.Empty;
    private Container _copy = Container.Empty;
    private Container _written = Container.Empty;
    private byte[] _bytes = [];
    private string _token = "";
    private ulong _minted;

    /// <summary>How many bytes each value has.</summary>
    [Params(100)]
    public int ValueBytes { get; set; }

    [GlobalSetup]
    public void Build()
    {
        _one = Container.Empty.Put(Write(1), default);
        _one = _one.Put(Write(2), _one.Context).Put(Write(3), _one.Context);
        _concurrent = _one.Put(Write(1), default).Merge(_one.Put(Write(2), default));
        _later = _one.Put(Write(3), _one.Context);
        _bytes = new byte[ContainerCodec.SizeOf(_one)];
        ContainerCodec.Write(_one, _bytes);
        ContainerCodec.TryRead(_bytes, out _copy, out _);
        _written = _one.Put(Write(1), default);
        _token = new CausalContext(Slot, _one.Context).ToToken(Cluster);
    }

    [Benchmark]
    public Container MergeEqual() => _one.Merge(_copy);

    [Benchmark]
    public Container MergeConcurrent() => _written.Merge(_concurrent);

    [Benchmark]
    public Container MergeSuperseding() => _one.Merge(_later);

    [Benchmark]
    public ulong Digest() => _concurrent.Digest;

    [Benchmark]
    public int WriteBytes() => ContainerCodec.Write(_one, _bytes.AsSpan(0, ContainerCodec.SizeOf(_one)));

    [Benchmark]
    public bool ReadBytes() => ContainerCodec.TryRead(_bytes, out _, out _);

    [Benchmark]
    public string WriteToken() => new CausalContext(Slot, _one.Context).ToToken(Cluster);

    [Benchmark]
    public bool ReadToken() => CausalContext.TryParse(_token, Cluster, Slot, out _, out _);

    private Sibling Write(ulong node) => new(new Dot(new ActorId(new NodeId(node), 1), HybridTime.At(new UnixTime(1_700_000_000_000 + (long)++_minted))), new byte[ValueBytes], "application/json");
}
