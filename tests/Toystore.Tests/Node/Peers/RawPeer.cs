using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

/// <summary>Something that listens in place of n2 and does what a test says, to the byte.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RawPeer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndPoint!;

    public static Hello Hello => new(1, 1, Neighbours.Cluster, Neighbours.Answerer, Neighbours.Asker, Neighbours.Epoch, 99, PeerLane.Data, 0);

    public async Task<Socket> AcceptAsync() => await _listener.AcceptAsync();

    /// <summary>Accepts and shakes hands.</summary>
    public async Task<NetworkStream> GreetAsync(Hello? hello = null)
    {
        var stream = new NetworkStream(await _listener.AcceptAsync(), ownsSocket: true);
        await ReadFrameAsync(stream);
        await stream.WriteAsync(Frames.Of(hello ?? Hello));
        return stream;
    }

    public static async Task SendAsync(Stream stream, IEnumerable<byte> bytes) => await stream.WriteAsync(bytes.ToArray());

    /// <summary>Waits until the other side closes the connection.</summary>
    public static async Task EndsAsync(Stream stream)
    {
        try
        {
            Assert.Equal(0, await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false));
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }
    }

    /// <summary>Waits for the first bytes of something.</summary>
    public static async Task BeginsAsync(Stream stream) => await stream.ReadExactlyAsync(new byte[1024]);

    public static async Task<byte[]> ReadFrameAsync(Stream stream)
    {
        var length = new byte[4];
        await stream.ReadExactlyAsync(length);
        var frame = new byte[4 + BinaryPrimitives.ReadInt32LittleEndian(length)];
        length.CopyTo(frame, 0);
        await stream.ReadExactlyAsync(frame.AsMemory(4));
        return frame;
    }

    public static async Task<(FrameHeader Header, PeerRequest Request)> ReadRequestAsync(Stream stream)
    {
        var buffer = new ReadOnlySequence<byte>(await ReadFrameAsync(stream));
        Assert.True(FrameDecoder.TryTake(ref buffer, int.MaxValue, out var header, out var payload, out _));
        return (header, FrameDecoder.Request(header.Type, payload)!);
    }

    public void Dispose() => _listener.Dispose();
}
