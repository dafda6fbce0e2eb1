using System.Net;

namespace Toystore.Client;

/// <summary>How sending a request ended.</summary>
internal abstract record Sent
{
    private Sent()
    {
    }

    /// <summary>A node answered in full.</summary>
    public sealed record Answered(Answer Answer) : Sent;

    /// <summary>No node took a connection: nothing has happened.</summary>
    public sealed record Nowhere(string Detail) : Sent;

    /// <summary>A node may have got the request, but no whole answer came back.</summary>
    public sealed record Lost(string Detail) : Sent;
}

/// <summary>
/// Sends one request to the first node that takes it. A node that takes no connection has seen nothing, so the next is asked; after that only reads go on, since a write may have been done.
/// </summary>
internal sealed class NodeSender : IDisposable
{
    private readonly ToystoreHttpOptions _options;
    private readonly NodeTurns _turns;
    private readonly HttpMessageInvoker _http;

    public NodeSender(ToystoreHttpOptions options)
    {
        _options = options;
        _turns = new NodeTurns(options.Nodes, options.AvoidFor, options.TimeProvider);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = options.IdleTimeout,
            MaxConnectionsPerServer = options.ConnectionsPerNodeMax,
        });
    }

    /// <summary>Sends what <paramref name="make"/> makes, anew for each node. Throws only when <paramref name="cancellationToken"/> is cancelled.</summary>
    public async Task<Sent> SendAsync(Func<Uri, HttpRequestMessage> make, bool repeatable, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, _options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var refusals = new List<string>();
        string? lost = null;
        foreach (var node in _turns.Next())
        {
            var uri = _options.Nodes[node];
            try
            {
                using var request = make(uri);
                using var response = await _http.SendAsync(request, linked.Token);
                var answer = new Answer(response.StatusCode, response.Headers, response.Content.Headers, await ReadBodyAsync(response, linked.Token), uri);
                if (response.Headers.ConnectionClose == true)
                {
                    _turns.Avoid(node); // it is about to be stopped
                }
                else
                {
                    _turns.Answered(node);
                }

                return new Sent.Answered(answer);
            }
            catch (OperationCanceledException) when (linked.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return new Sent.Lost($"{uri} did not answer within {limit.TotalSeconds:0.###} s.");
            }
            catch (OperationCanceledException)
            {
                _turns.Avoid(node);
                refusals.Add($"{uri} (no connection within {_options.ConnectTimeout.TotalSeconds:0.###} s)");
            }
            catch (HttpRequestException e) when (NeverConnected(e))
            {
                _turns.Avoid(node);
                refusals.Add($"{uri} ({e.GetBaseException().Message})");
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                lost = $"The connection to {uri} broke before the answer was complete ({e.GetBaseException().Message}).";
                if (!repeatable)
                {
                    return new Sent.Lost(lost);
                }
            }
        }

        return lost is not null
            ? new Sent.Lost(lost)
            : new Sent.Nowhere($"No node takes a connection: {string.Join(", ", refusals)}. Check that the cluster runs and that the addresses are those of its HTTP door.");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static bool NeverConnected(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var announced = response.Content.Headers.ContentLength;
        Refuse(announced ?? 0);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (announced is { } length)
        {
            var exact = length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)length);
            await stream.ReadExactlyAsync(exact, cancellationToken);
            return exact;
        }

        using var collected = new MemoryStream();
        var part = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(part, cancellationToken)) > 0;)
        {
            Refuse(collected.Length + read);
            collected.Write(part, 0, read);
        }

        return collected.ToArray();
    }

    private void Refuse(long length)
    {
        if (length > _options.AnswerBytesMax)
        {
            throw new IOException($"the answer has more than {_options.AnswerBytesMax} bytes");
        }
    }
}
