using System.Net;
using System.Net.Sockets;

namespace Toystore.Tests.Client;

/// <summary>Takes connections, reads the beginning of each request, and hangs up; or never says a word.</summary>
internal sealed class BrokenNode : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _kept = [];
    private readonly Task _accepting;
    private int _requests;

    public BrokenNode(bool silent = false)
    {
        _listener.Start();
        _accepting = AcceptAsync(silent);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Completes when the first request has arrived.</summary>
    public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An address where nobody listens.</summary>
    public static Uri Nobody()
    {
        using var gone = new BrokenNode();
        return gone.Address;
    }

    public void Dispose()
    {
        _listener.Stop();
        _kept.ForEach(client => client.Dispose());
        Assert.True(_accepting.Exception?.InnerException is null or SocketException or ObjectDisposedException);
    }

    private async Task AcceptAsync(bool silent)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync();
            if (await client.GetStream().ReadAsync(new byte[64 * 1024]) > 0)
            {
                Interlocked.Increment(ref _requests);
                Arrived.TrySetResult();
            }

            if (silent)
            {
                _kept.Add(client);
            }
            else
            {
                client.Close();
            }
        }
    }
}
