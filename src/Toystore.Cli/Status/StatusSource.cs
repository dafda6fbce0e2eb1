using Toystore.Client;

namespace Toystore.Cli.Status;

/// <summary>What asking came to.</summary>
/// <param name="Status">The answer; null if no node gave one.</param>
/// <param name="Node">Who was asked last.</param>
/// <param name="Remark">That another node had to be asked, or that none answers; null if all went as before.</param>
internal sealed record StatusSeen(ClusterStatus? Status, Uri Node, string? Remark);

/// <summary>Asks one node for the cluster's status, as long as that answers; then the others, those named first and then those it has told of.</summary>
internal sealed class StatusSource : IDisposable
{
    private const int ReasonCharsMax = 200;

    private readonly ToystoreHttpOptions _options;
    private readonly IReadOnlyList<Uri> _named;
    private readonly Dictionary<Uri, ToystoreHttpClient> _clients = [];
    private List<Uri> _known;
    private Uri _asked;

    /// <param name="options">Whom to ask, and how patiently each.</param>
    public StatusSource(ToystoreHttpOptions options)
    {
        _options = options;
        _named = options.Nodes;
        _known = [.. options.Nodes];
        _asked = _known[0];
    }

    /// <summary>Asks.</summary>
    public async Task<StatusSeen> AskAsync(CancellationToken cancellationToken)
    {
        var failures = new List<string>();
        foreach (var node in _known.Where(node => node != _asked).Prepend(_asked).ToList())
        {
            try
            {
                var status = await ClientOf(node).StatusAsync(cancellationToken);
                var remark = node == _asked ? null : $"{_asked.Authority} does not answer; asking {status.Asked} at {node.Authority} from now on.";
                _asked = node;
                Learn(status);
                return new StatusSeen(status, node, remark);
            }
            catch (ClusterUnreachableException e)
            {
                failures.Add(e.Message.Length > ReasonCharsMax ? e.Message[..ReasonCharsMax] : e.Message);
            }
        }

        return new StatusSeen(null, _asked, $"None of {_known.Count} nodes answers; trying again. {failures[0]}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private void Learn(ClusterStatus status)
    {
        _known = [.. _named.Append(_asked).Concat(status.Members.Select(member => AddressOf(member.Http)).OfType<Uri>()).Distinct()];
        foreach (var gone in _clients.Keys.Except(_known).ToList())
        {
            _clients.Remove(gone, out var client);
            client?.Dispose();
        }
    }

    private static Uri? AddressOf(string? http) => NodeAddress.TryParse(http, out var address) ? address.ToUri() : null;

    private ToystoreHttpClient ClientOf(Uri node)
    {
        if (!_clients.TryGetValue(node, out var client))
        {
            _clients.Add(node, client = new ToystoreHttpClient(_options with { Nodes = [node] }));
        }

        return client;
    }
}
