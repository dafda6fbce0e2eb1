using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Toystore.Core.Placement;
using Toystore.Node.Peers;

namespace Toystore.Node.Membership;

/// <summary>
/// Gossip over UDP, on the port whose TCP twin takes the requests of peers: one address for a member, one hole in a firewall. The queue of what has come is the socket's: <see cref="QueueBytes"/> of the kernel's, beyond which it
/// drops. What is sent goes out at once or is dropped, as if the network had lost it.
/// </summary>
/// <param name="listen">Where to listen. A name stands for every address it has on this machine.</param>
/// <param name="time">Of pauses, and of how long an address that a name stands for is used.</param>
/// <param name="logger">Hears where it listens.</param>
internal sealed class UdpGossip(Endpoint listen, TimeProvider time, ILogger logger) : IGossipTransport
{
    /// <summary>Bytes that may wait to be received: some thousand packets.</summary>
    public const int QueueBytes = 1 << 20;

    private const int PacketBytesMax = 65_507;
    private const int SendersRememberedMax = 4096;

    private static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(100);

    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _loops = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly HostAddresses _hosts = new(time);

    /// <inheritdoc/>
    public SynchronizationContext? Home => null;

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<IPEndPoint> Bound => [.. _sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];

    /// <inheritdoc/>
    public async ValueTask StartAsync(GossipReceiver receiver, CancellationToken cancellationToken)
    {
        foreach (var address in await AddressesAsync(cancellationToken))
        {
            _sockets.Add(Bind(new IPEndPoint(address, listen.Port)));
        }

        foreach (var socket in _sockets)
        {
            logger.GossipListening(socket.LocalEndPoint!.ToString()!);
            _loops.Add(Detached.Start(() => ReceiveAsync(socket, receiver), Home));
        }
    }

    /// <inheritdoc/>
    public void Send(Endpoint to, ReadOnlySpan<byte> packet)
    {
        foreach (var address in _hosts.Find(to.Host))
        {
            if (_sockets.Find(socket => CanReach(socket, address)) is { } socket)
            {
                try
                {
                    socket.SendTo(packet, SocketFlags.None, new IPEndPoint(address, to.Port));
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // Its buffer is full, there is no way, or this node stops: lost, like any other packet.
                }

                return;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_loops);
        _hosts.Dispose();
        _stopping.Dispose();
    }

    private static bool CanReach(Socket socket, IPAddress address) =>
        socket.AddressFamily == address.AddressFamily || (socket.AddressFamily == AddressFamily.InterNetworkV6 && socket.DualMode);

    private async ValueTask<IPAddress[]> AddressesAsync(CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(listen.Host, out var address))
        {
            return [address];
        }

        try
        {
            var found = await Dns.GetHostAddressesAsync(listen.Host, cancellationToken);
            return [.. found.Where(each => each.AddressFamily != AddressFamily.InterNetworkV6 || Socket.OSSupportsIPv6).Distinct()];
        }
        catch (SocketException e)
        {
            throw new IOException($"The name {listen.Host}, where this node is to listen for gossip, has no address: {e.Message}", e);
        }
    }

    private static Socket Bind(IPEndPoint here)
    {
        var socket = new Socket(here.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.ReceiveBufferSize = QueueBytes;
            if (here.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Blocking = false;
            socket.Bind(here);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(
                e.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"UDP port {here.Port} of {here.Address} is taken. The members' gossip uses the port of their peer address, over UDP: end what has it, or give this node another peer address."
                    : $"UDP {here}, where this node is to listen for gossip, cannot be had: {e.Message}",
                e);
        }
    }

    private async Task ReceiveAsync(Socket socket, GossipReceiver receiver)
    {
        await Task.Yield();
        var buffer = GC.AllocateUninitializedArray<byte>(PacketBytesMax, pinned: true);
        var anywhere = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        var senders = new Dictionary<EndPoint, Endpoint>();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var result = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anywhere, _stopping.Token);
                if (!senders.TryGetValue(result.RemoteEndPoint, out var from))
                {
                    if (senders.Count >= SendersRememberedMax)
                    {
                        senders.Clear();
                    }

                    senders.Add(result.RemoteEndPoint, from = EndpointOf((IPEndPoint)result.RemoteEndPoint));
                }

                receiver(from, buffer.AsSpan(0, result.ReceivedBytes));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                if (_stopping.IsCancellationRequested)
                {
                    return;
                }

                // What an earlier packet met, on some systems; or the machine is out of memory for the moment.
                await Task.Delay(PauseAfterError, time, CancellationToken.None);
            }
        }
    }

    private static Endpoint EndpointOf(IPEndPoint from) =>
        new((from.Address.IsIPv4MappedToIPv6 ? from.Address.MapToIPv4() : from.Address).ToString(), from.Port);
}
