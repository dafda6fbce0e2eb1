using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

/// <summary>n1, which asks, and n2, which answers, with real sockets on loopback between them.</summary>
internal sealed class Neighbours : IAsyncDisposable
{
    public static readonly NodeId Asker = new(1);
    public static readonly NodeId Answerer = new(2);
    public static readonly Epoch Epoch = new(7, 3);
    public static readonly ClusterId Cluster = new(new Guid("11111111-2222-3333-4444-555555555555"));

    private static readonly TcpTransport Transport = new(NullLoggerFactory.Instance);

    private PeerLinks? _peers;
    private PeerServer? _server;
    private IPeerListener? _listener;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public PeerOptions AskerOptions { get; init; } = new() { Cluster = Cluster, Self = Asker, ConnectTimeout = TimeSpan.FromSeconds(20), BackoffMin = TimeSpan.FromMilliseconds(1), BackoffMax = TimeSpan.FromMilliseconds(5) };

    public PeerOptions AnswererOptions { get; init; } = new() { Cluster = Cluster, Self = Answerer, ConnectTimeout = TimeSpan.FromSeconds(20) };

    public ulong AskerFingerprint { get; init; } = 99;

    public Func<PeerCall, CancellationToken, ValueTask<PeerReply>> Handler { get; set; } = (call, _) => new(Echo(call.Request));

    public RecordingLogger Log { get; } = new();

    /// <summary>Where n2 is said to listen.</summary>
    public EndPoint? Address { get; set; }

    public IPEndPoint Listening => _listener!.Endpoint;

    public PeerLinks Peers => _peers ??= new PeerLinks(AskerOptions, () => Directory(AskerFingerprint), Transport, Time, new Random(1), NullLogger.Instance);

    /// <summary>The digest of a key is the key's first byte.</summary>
    public static PeerReply Echo(PeerRequest request) => request switch
    {
        PeerRequest.ReadDigest(var key) => new PeerReply.HeldDigest(key.Span[0], Unknowing: false),
        PeerRequest.Store(_, var container, _, _, _) => new PeerReply.HeldDigest(container.Digest, Unknowing: true),
        _ => PeerReply.Overloaded.Instance,
    };

    public static PeerRequest Digest(char first) => new PeerRequest.ReadDigest(Key.From(first.ToString()));

    public static PeerReply DigestOf(char first) => new PeerReply.HeldDigest(first, Unknowing: false);

    /// <summary>A port on which nothing listens.</summary>
    public static IPEndPoint FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    public PeerDirectory Directory(ulong fingerprint) => new(Epoch, fingerprint, new Dictionary<NodeId, EndPoint>
    {
        [Asker] = new IPEndPoint(IPAddress.Loopback, 1),
        [Answerer] = Address ?? Listening,
    });

    public async Task<Neighbours> ListenAsync(EndPoint? endpoint = null)
    {
        _server = new PeerServer(AnswererOptions, () => Directory(99), new Handled(this), Time, Log);
        _listener = await Transport.ListenAsync(_server, endpoint ?? new IPEndPoint(IPAddress.Loopback, 0), CancellationToken.None);
        return this;
    }

    public async Task StopListeningAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
            _server!.Dispose();
            _listener = null;
        }
    }

    public ValueTask<PeerReply> AskAsync(PeerRequest request, TimeSpan? within = null) => Peers.CallAsync(Answerer, Epoch, request, In(within), CancellationToken.None);

    public ValueTask<PeerReply> AskUnlessAsync(PeerRequest request, CancellationToken cancelled) => Peers.CallAsync(Answerer, Epoch, request, In(within: null), cancelled);

    /// <summary>Asks again and again until the answer is as wanted.</summary>
    public async Task<PeerReply> AskUntilAsync(PeerRequest request, Func<PeerReply, bool> isWanted)
    {
        var time = TimeProvider.System;
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < TimeSpan.FromSeconds(30);)
        {
            var reply = await AskAsync(request);
            if (isWanted(reply))
            {
                return reply;
            }

            await Task.Yield();
        }

        throw new TimeoutException("The answer never came to be as wanted.");
    }

    /// <summary>A raw connection to n2 that has shaken hands.</summary>
    public async Task<NetworkStream> GreetAsync(PeerLane lane = PeerLane.Data)
    {
        var stream = await ConnectAsync();
        await stream.WriteAsync(Frames.Of(new Hello(1, 1, Cluster, Asker, Answerer, Epoch, 99, lane, 1234)));
        await RawPeer.ReadFrameAsync(stream);
        return stream;
    }

    /// <summary>A raw connection to n2 that has not.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Listening);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        if (_peers is not null)
        {
            await _peers.DisposeAsync();
        }

        await StopListeningAsync();
    }

    public ValueTask<PeerReply> AskAsync(NodeId to, PeerRequest request) => Peers.CallAsync(to, Epoch, request, In(within: null), CancellationToken.None);

    private Deadline In(TimeSpan? within) => Deadline.After(within ?? TimeSpan.FromSeconds(30), Time);

    private sealed class Handled(Neighbours neighbours) : IPeerHandler
    {
        public ValueTask<PeerReply> HandleAsync(PeerCall call, CancellationToken cancellationToken) => neighbours.Handler(call, cancellationToken);
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message)> _entries = new();

    public IReadOnlyCollection<(LogLevel Level, string Message)> Entries => _entries;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((logLevel, formatter(state, exception)));
}
