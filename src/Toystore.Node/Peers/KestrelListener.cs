using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Toystore.Node.Peers;

/// <summary>A port where peers are served: Kestrel's connections without its HTTP.</summary>
internal sealed class KestrelListener : IPeerListener
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly KestrelServer _kestrel;
    private readonly PeerServer _server;

    private KestrelListener(KestrelServer kestrel, PeerServer server, IPEndPoint endpoint) => (_kestrel, _server, Endpoint) = (kestrel, server, endpoint);

    /// <inheritdoc/>
    public IPEndPoint Endpoint { get; }

    /// <summary>Starts to listen. Port 0 takes any free one. A name is resolved, and every address it has on this machine listened on.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="SocketException">The name or the address is not this machine's.</exception>
    public static async Task<KestrelListener> StartAsync(PeerServer server, EndPoint endpoint, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var options = new KestrelServerOptions();
        var bound = new List<ListenOptions>();
        foreach (var address in await ResolveAsync(endpoint, cancellationToken))
        {
            options.Listen(address, listen =>
            {
                listen.Run(connection => server.ServeAsync(new KestrelWire(connection)));
                bound.Add(listen);
            });
        }

        var kestrel = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions { NoDelay = true, UnsafePreferInlineScheduling = true }), loggers), loggers);
        try
        {
            await kestrel.StartAsync(new NoHttp(), cancellationToken);
        }
        catch
        {
            kestrel.Dispose();
            throw;
        }

        foreach (var listen in bound)
        {
            server.Logger.Listening(listen.IPEndPoint!.ToString());
        }

        return new KestrelListener(kestrel, server, bound[0].IPEndPoint!);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _server.Stop();
        using var timeout = new CancellationTokenSource(StopTimeout, _server.Time);
        await _kestrel.StopAsync(timeout.Token);
        _kestrel.Dispose();
    }

    private static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        switch (endpoint)
        {
            case IPEndPoint ip:
                return [ip];
            case DnsEndPoint dns:
                var addresses = await Dns.GetHostAddressesAsync(dns.Host, cancellationToken);
                var usable = addresses.Where(address => address.AddressFamily != AddressFamily.InterNetworkV6 || Socket.OSSupportsIPv6).Distinct().ToArray();
                return usable.Length == 0
                    ? throw new SocketException((int)SocketError.HostNotFound)
                    : [.. usable.Take(dns.Port == 0 ? 1 : usable.Length).Select(address => new IPEndPoint(address, dns.Port))];
            default:
                throw new ArgumentException($"Cannot listen on {endpoint}: an IP address or a host name is needed.", nameof(endpoint));
        }
    }

    /// <summary>Kestrel wants an application; no connection ever gets that far.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new NotSupportedException();

        public Task ProcessRequestAsync(object context) => throw new NotSupportedException();

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}
