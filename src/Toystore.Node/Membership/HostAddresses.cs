using System.Net;
using System.Net.Sockets;
using Toystore.Node.Peers;

namespace Toystore.Node.Membership;

/// <summary>What names of hosts stand for, without anybody waiting for it: while a name is looked up for the first time it stands for nothing, and while it is looked up again for what it stood for.</summary>
internal sealed class HostAddresses(TimeProvider time) : IDisposable
{
    private const int NamesMax = 4096;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new(); // guards the names
    private readonly Dictionary<string, Known> _names = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The addresses of a host; none if they are not known.</summary>
    public IReadOnlyList<IPAddress> Find(string host)
    {
        lock (_gate)
        {
            if (_names.TryGetValue(host, out var known))
            {
                if (!known.IsFixed && !known.IsLookedUp && time.GetElapsedTime(known.At) > Fresh)
                {
                    LookUp(host, known);
                }

                return known.Addresses;
            }

            if (_names.Count >= NamesMax)
            {
                _names.Clear();
            }

            _names.Add(host, known = new Known());
            if (IPAddress.TryParse(host, out var address))
            {
                known.IsFixed = true;
                known.Addresses = [address];
            }
            else
            {
                LookUp(host, known);
            }

            return known.Addresses;
        }
    }

    public void Dispose() => _stopping.Cancel();

    private void LookUp(string host, Known known)
    {
        known.IsLookedUp = true;
        _ = Detached.Start(() => LookUpAsync(host, known), home: null);
    }

    private async Task LookUpAsync(string host, Known known)
    {
        await Task.Yield();
        IPAddress[] found;
        try
        {
            found = await Dns.GetHostAddressesAsync(host, _stopping.Token);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or OperationCanceledException)
        {
            found = [];
        }

        lock (_gate)
        {
            known.Addresses = found.Length > 0 ? found : known.Addresses;
            known.At = time.GetTimestamp();
            known.IsLookedUp = false;
        }
    }

    private sealed class Known
    {
        public IReadOnlyList<IPAddress> Addresses { get; set; } = [];

        public long At { get; set; }

        public bool IsFixed { get; set; }

        public bool IsLookedUp { get; set; }
    }
}
