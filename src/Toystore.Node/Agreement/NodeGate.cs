using Toystore.Node.Peers;

namespace Toystore.Node.Agreement;

/// <summary>The network of a node, which listens before there is an engine: what is for the register goes there, the rest to the engine, as soon as that takes it.</summary>
/// <param name="network">What listens.</param>
/// <param name="keeper">Answers for the register.</param>
/// <param name="waiting">How a node is that has no engine yet.</param>
internal sealed class NodeGate(IPeerNetwork network, TopologyKeeper keeper, Func<NodeStatus> waiting) : IPeerNetwork, IPeerHandler
{
    private volatile IPeerHandler? _engine;

    /// <inheritdoc/>
    public IPeers Peers => network.Peers;

    /// <inheritdoc/>
    public void Follow(PeerDirectory directory) => network.Follow(directory);

    /// <summary>Listens.</summary>
    public ValueTask OpenAsync(CancellationToken cancellationToken) => network.StartAsync(this, cancellationToken);

    /// <inheritdoc/>
    public ValueTask StartAsync(IPeerHandler handler, CancellationToken cancellationToken)
    {
        _engine = handler;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PeerReply> HandleAsync(PeerCall call, CancellationToken cancellationToken) =>
        keeper.TryAnswer(call, out var reply) ? reply
        : _engine is { } engine ? engine.HandleAsync(call, cancellationToken)
        : new ValueTask<PeerReply>(call.Request is PeerRequest.HowAreYou ? new PeerReply.Status(waiting()) : PeerReply.Overloaded.Instance); // not done, and soon it may be

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => network.DisposeAsync();
}
