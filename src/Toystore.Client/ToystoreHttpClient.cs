using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Toystore.Core;

namespace Toystore.Client;

/// <summary>
/// A cluster over HTTP. Calls begin at each node in turn and go on to the next when one takes no connection. A write that may have reached a node is never sent twice: its outcome is then
/// <see cref="WriteOutcome.Unknown"/>, and the caller may send it again under the same <see cref="WriteOptions.RequestId"/>. Safe to call from any thread; keep one for the life of the application.
/// </summary>
public sealed class ToystoreHttpClient : IToystore, IClusterView, IClusterKeys, IClusterTopology, INodeDrain, IDisposable
{
    private readonly ToystoreHttpOptions _options;
    private readonly NodeSender _sender;

    /// <summary>A client of the cluster at these nodes. Connects with the first call.</summary>
    /// <exception cref="ArgumentException">No node is named, or one is not an absolute http or https address.</exception>
    public ToystoreHttpClient(ToystoreHttpOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Nodes.Count == 0 || !options.Nodes.All(node => node.IsAbsoluteUri && (node.Scheme == Uri.UriSchemeHttp || node.Scheme == Uri.UriSchemeHttps)))
        {
            throw new ArgumentException("Name at least one node, each as http://host:port or https://host:port.", nameof(options));
        }

        _options = options;
        _sender = new NodeSender(options);
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOutcome> GetAsync(Key key, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ReadOptions();
        return Replies.Read(await _sender.SendAsync(node => Requests.Get(node, key, options), repeatable: true, Limit(options.Timeout), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> PutAsync(Key key, Value value, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        WriteAsync(key, value, options ?? new WriteOptions(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteOutcome> DeleteAsync(Key key, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        WriteAsync(key, null, options ?? new WriteOptions(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ListOutcome> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ListOptions();
        var limit = options.Timeout is { } given ? given + _options.Grace : _options.ListTimeout;
        return Replies.List(await _sender.SendAsync(node => Requests.List(node, options), repeatable: true, limit, cancellationToken));
    }

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered.</exception>
    public ValueTask<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/cluster/status", Wire.Default.ClusterStatus, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered.</exception>
    public ValueTask<RingStatus> RingAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/cluster/ring", Wire.Default.RingStatus, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered.</exception>
    public ValueTask<HintsReport> HintsAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/cluster/hints", Wire.Default.HintsReport, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered, or the slot is none.</exception>
    public ValueTask<RepairReport> RepairAsync(int? slot = null, CancellationToken cancellationToken = default) => AskAsync(Requests.RepairTarget(slot), Wire.Default.RepairReport, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered, or the slot is none.</exception>
    public ValueTask<RepairReport> RepairNowAsync(int? slot = null, CancellationToken cancellationToken = default) => AskAsync(Requests.RepairTarget(slot), Wire.Default.RepairReport, cancellationToken, body: []);

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered.</exception>
    public ValueTask<KeyPlacement> PlacementAsync(Key key, CancellationToken cancellationToken = default) =>
        AskAsync(Requests.KeyTarget("/v1/cluster/keys/", key), Wire.Default.KeyPlacement, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A node answers only on its own machine.</remarks>
    /// <exception cref="ClusterUnreachableException">No node answered.</exception>
    public ValueTask<KeysReport> KeysAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/cluster/keys", Wire.Default.KeysReport, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A node answers only on its own machine.</remarks>
    /// <exception cref="ClusterUnreachableException">No node answered; it is not known how far the change got. Make it again.</exception>
    public ValueTask<KeysReport> ChangeKeysAsync(KeyChange change, CancellationToken cancellationToken = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(change, Wire.Default.KeyChange);
        return AskAsync("/v1/cluster/keys", Wire.Default.KeysReport, cancellationToken, body);
    }

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered.</exception>
    public ValueTask<TopologyReport> TopologyAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/cluster/topology", Wire.Default.TopologyReport, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ClusterUnreachableException">No node answered.</exception>
    public ValueTask<TopologyHistory> TopologyHistoryAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/cluster/topology/history", Wire.Default.TopologyHistory, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A node answers only on its own machine.</remarks>
    /// <exception cref="ClusterUnreachableException">No node answered; it is not known how far it got. Order it again.</exception>
    public ValueTask<ForceReport> ForceTopologyAsync(ForceOrder order, CancellationToken cancellationToken = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(order, Wire.Default.ForceOrder);
        return AskAsync("/v1/cluster/topology/force", Wire.Default.ForceReport, cancellationToken, body);
    }

    /// <inheritdoc/>
    /// <remarks>Of whichever node answers: use a client that names only one.</remarks>
    /// <exception cref="ClusterUnreachableException">The node did not answer.</exception>
    public ValueTask<DrainReport> DrainReportAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/node/drain", Wire.Default.DrainReport, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Of whichever node answers: use a client that names only one.</remarks>
    /// <exception cref="ClusterUnreachableException">The node did not answer.</exception>
    public ValueTask<DrainReport> DrainAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/node/drain", Wire.Default.DrainReport, cancellationToken, body: []);

    /// <inheritdoc/>
    /// <remarks>Of whichever node answers: use a client that names only one.</remarks>
    /// <exception cref="ClusterUnreachableException">The node did not answer.</exception>
    public ValueTask<DrainReport> ResumeAsync(CancellationToken cancellationToken = default) => AskAsync("/v1/node/drain", Wire.Default.DrainReport, cancellationToken, body: [], HttpMethod.Delete);

    /// <summary>Closes the connections. Calls under way end as if theirs had broken.</summary>
    public void Dispose() => _sender.Dispose();

    private async ValueTask<WriteOutcome> WriteAsync(Key key, Value? value, WriteOptions options, CancellationToken cancellationToken)
    {
        if (Requests.Check(value, options) is { } problem)
        {
            return new WriteOutcome.Invalid(problem);
        }

        return Replies.Write(await _sender.SendAsync(
            node => Requests.Write(node, key, value, options, _options.AnnouncedBytesMin), repeatable: false, Limit(options.Timeout), cancellationToken));
    }

    private async ValueTask<T> AskAsync<T>(string target, JsonTypeInfo<T> type, CancellationToken cancellationToken, byte[]? body = null, HttpMethod? method = null)
    {
        var sent = await _sender.SendAsync(Make, repeatable: true, body is null ? _options.Timeout : _options.ListTimeout, cancellationToken);
        switch (sent)
        {
            case Sent.Answered { Answer: { Status: System.Net.HttpStatusCode.OK } answer }:
                try
                {
                    return JsonSerializer.Deserialize(answer.Body, type) ?? throw new JsonException("null");
                }
                catch (JsonException e)
                {
                    throw new ClusterUnreachableException($"What answers at {answer.Node} does not speak Toystore's HTTP: check the address.", e);
                }

            case Sent.Answered { Answer: var answer }:
                throw new ClusterUnreachableException(answer.Detail);
            case Sent.Nowhere nowhere:
                throw new ClusterUnreachableException(nowhere.Detail);
            case Sent.Lost lost:
                throw new ClusterUnreachableException(lost.Detail);
            default:
                throw new ArgumentOutOfRangeException(nameof(target), sent, "No such end of a request.");
        }

        HttpRequestMessage Make(Uri node)
        {
            var request = Requests.To(node, method ?? (body is null ? HttpMethod.Get : HttpMethod.Post), target);
            request.Content = body is null ? null : new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            return request;
        }
    }

    private TimeSpan Limit(TimeSpan? given) => given is { } named ? named + _options.Grace : _options.Timeout;
}
