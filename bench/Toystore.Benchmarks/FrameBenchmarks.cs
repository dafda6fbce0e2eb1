using System.Buffers;
using System.Net;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Benchmarks;

/// <summary>What a message costs between two nodes: writing it down, reading it, and the whole way there and back over loopback.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks : IPeerHandler, IAsyncDisposable
{
    private const int Rounds = 256;

    private static readonly Epoch Epoch = new(7, 1);
    private static readonly PeerReply Stored = new PeerReply.Stored(default);

    private readonly FrameWriter _writer = new();
    private PeerRequest _store = PeerRequest.HowAreYou.Instance;
    private byte[] _frame = [];
    private PeerServer? _server;
    private IPeerListener? _listener;
    private PeerLinks? _peers;

    /// <summary>How many bytes each value has.</summary>
    [Params(128)]
    public int ValueBytes { get; set; }

    /// <summary>How many requests are under way at the same time.</summary>
    [Params(1, 64, 256)]
    public int InFlight { get; set; }

    [GlobalSetup]
    public async Task Start()
    {
        var sibling = new Sibling(new Dot(new ActorId(new NodeId(1), 1), new HybridTime(1)), new byte[ValueBytes]);
        _store = new PeerRequest.Store("user:1000", Container.Empty.Put(sibling, default), Durability.Fsync, TellHigher: false, Completes: false);
        WriteDown();
        _frame = _writer.Written.ToArray();
        var cluster = new ClusterId(new Guid(1, 2, 3, new byte[8]));
        var members = new Dictionary<NodeId, EndPoint> { [new NodeId(1)] = new IPEndPoint(IPAddress.Loopback, 1) };
        var directory = new PeerDirectory(Epoch, 1, members);
        var (asker, answerer) = (new PeerOptions { Cluster = cluster, Self = new NodeId(1) }, new PeerOptions { Cluster = cluster, Self = new NodeId(2) });
        var transport = new TcpTransport(NullLoggerFactory.Instance);
        _server = new PeerServer(answerer, () => directory, this, TimeProvider.System, NullLogger.Instance);
        _listener = await transport.ListenAsync(_server, new IPEndPoint(IPAddress.Loopback, 0), CancellationToken.None);
        members[new NodeId(2)] = _listener.Endpoint;
        _peers = new PeerLinks(asker, () => directory, transport, TimeProvider.System, new Random(1), NullLogger.Instance);
    }

    [GlobalCleanup]
    public async Task Stop() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _peers!.DisposeAsync();
        await _listener!.DisposeAsync();
        _server!.Dispose();
    }

    [Benchmark]
    public int WriteDown()
    {
        _writer.Clear();
        FrameEncoder.Request(_writer, 1, Epoch, 1_000_000, _store);
        return _writer.Length;
    }

    [Benchmark]
    public object? ReadBack()
    {
        var buffer = new ReadOnlySequence<byte>(_frame);
        return FrameDecoder.TryTake(ref buffer, 1 << 20, out var header, out var payload, out _) ? FrameDecoder.Request(header.Type, payload) : null;
    }

    [Benchmark(OperationsPerInvoke = Rounds)]
    public Task ThereAndBack() => ThereAndBack(Rounds);

    /// <summary>So many stores, <see cref="InFlight"/> at a time.</summary>
    public Task ThereAndBack(int rounds)
    {
        var loops = new Task[InFlight];
        for (var i = 0; i < InFlight; i++)
        {
            loops[i] = AskAsync(rounds / InFlight);
        }

        return Task.WhenAll(loops);
    }

    ValueTask<PeerReply> IPeerHandler.HandleAsync(PeerCall call, CancellationToken cancellationToken) => new(Stored);

    private async Task AskAsync(int times)
    {
        for (; times > 0; times--)
        {
            var reply = await _peers!.CallAsync(new NodeId(2), Epoch, _store, Deadline.After(TimeSpan.FromSeconds(10), TimeProvider.System), CancellationToken.None);
            if (reply is not PeerReply.Stored)
            {
                throw new InvalidOperationException($"not stored: {reply}");
            }
        }
    }
}
