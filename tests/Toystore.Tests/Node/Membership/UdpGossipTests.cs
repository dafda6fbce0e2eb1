using System.Net;
using System.Net.Sockets;
using Toystore.Core.Placement;
using Toystore.Node.Membership;
using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Membership;

public sealed class UdpGossipTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_packet_arrives_with_where_it_came_from(string host)
    {
        var arrived = new TaskCompletionSource<(Endpoint From, byte[] Packet)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var one = await OpenAsync("127.0.0.1", static (_, _) => { });
        await using var other = await OpenAsync("127.0.0.1", (from, packet) => arrived.TrySetResult((from, packet.ToArray())));

        // A name is looked up beside it: packets are lost until that has ended, as packets may.
        while (!arrived.Task.IsCompleted)
        {
            one.Send(new Endpoint(host, other.Bound[0].Port), "hello"u8);
            await Task.Yield();
        }

        var (source, bytes) = await arrived.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(new Endpoint("127.0.0.1", one.Bound[0].Port), source);
        Assert.Equal("hello"u8.ToArray(), bytes);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_what_would_help()
    {
        await using var first = await OpenAsync("127.0.0.1", static (_, _) => { });
        var port = first.Bound[0].Port;
        await using var second = new UdpGossip(new Endpoint("127.0.0.1", port), TimeProvider.System, new ListLog());

        var problem = await Assert.ThrowsAsync<IOException>(async () => await second.StartAsync(static (_, _) => { }, TestContext.Current.CancellationToken));
        Assert.Contains($"UDP port {port} of 127.0.0.1 is taken", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_sent_is_lost_without_a_word()
    {
        await using var one = await OpenAsync("127.0.0.1", static (_, _) => { });
        one.Send(new Endpoint("127.0.0.1", 1), new byte[70_000]);
        one.Send(new Endpoint("no-such-host.invalid", 9101), "x"u8);
        one.Send(new Endpoint("::1", 9101), "x"u8);
    }

    [Fact]
    public async Task Once_stopped_it_sends_nothing_and_frees_its_port()
    {
        var one = await OpenAsync("127.0.0.1", static (_, _) => { });
        var port = one.Bound[0].Port;
        await one.DisposeAsync();
        one.Send(new Endpoint("127.0.0.1", port), "x"u8);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }

    private static async Task<UdpGossip> OpenAsync(string host, GossipReceiver receiver)
    {
        var gossip = new UdpGossip(new Endpoint(host, 0), TimeProvider.System, new ListLog());
        await gossip.StartAsync(receiver, TestContext.Current.CancellationToken);
        return gossip;
    }
}
