using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Worlds;

/// <summary>The wires between the nodes of a test: requests and answers are handed across as they are.</summary>
internal sealed class LoopFabric(TimeProvider time)
{
    private readonly Dictionary<(NodeId From, NodeId To), Link> _links = [];
    private readonly Dictionary<NodeId, LoopNetwork> _listening = [];

    /// <summary>Every request that anybody sent, but for what nodes ask one another all the time.</summary>
    public List<(NodeId From, NodeId To, PeerRequest Request)> Sent { get; } = [];

    /// <summary>What handlers threw: nothing, if all is well.</summary>
    public List<Exception> Failures { get; } = [];

    public TimeProvider Time => time;

    public IEnumerable<Link> Links => _links.Values;

    public Link this[NodeId from, NodeId to]
    {
        get
        {
            if (!_links.TryGetValue((from, to), out var link))
            {
                _links.Add((from, to), link = new Link());
            }

            return link;
        }
    }

    public void Listen(NodeId node, LoopNetwork network) => _listening[node] = network;

    public void Leave(NodeId node, LoopNetwork network)
    {
        if (_listening.GetValueOrDefault(node) == network)
        {
            _listening.Remove(node);
        }
    }

    public LoopNetwork? Listener(NodeId node) => _listening.GetValueOrDefault(node);
}

/// <summary>One node's end of the wires.</summary>
internal sealed class LoopNetwork(LoopFabric fabric, NodeId self) : IPeerNetwork, IPeers
{
    private IPeerHandler? _handler;

    /// <summary>The process is gone: it hears nothing any more, and what it says goes nowhere.</summary>
    public bool IsDead { get; private set; }

    public IPeers Peers => this;

    public ValueTask StartAsync(IPeerHandler handler, CancellationToken cancellationToken)
    {
        _handler = handler;
        fabric.Listen(self, this);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        return ValueTask.CompletedTask;
    }

    public void Kill()
    {
        IsDead = true;
        fabric.Leave(self, this);
    }

    public PeerHealth Health(NodeId node)
    {
        var state = fabric[self, node].Believed ?? (fabric.Listener(node) is null ? PeerState.Refusing : PeerState.Up);
        return new PeerHealth(state, TimeSpan.FromMilliseconds(1), 0, state == PeerState.Refusing ? "Nothing listens there." : null);
    }

    public async ValueTask<PeerReply> CallAsync(NodeId to, Epoch epoch, PeerRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        Assert.NotEqual(self, to);
        if (request is not PeerRequest.Rounds)
        {
            fabric.Sent.Add((self, to, request));
        }

        var link = fabric[self, to];
        var passage = link.Rule(request);
        if (passage == Passage.Refuse || fabric.Listener(to) is null)
        {
            return new PeerReply.Unreachable("connection refused");
        }

        if (passage == Passage.Overload)
        {
            return PeerReply.Overloaded.Instance;
        }

        try
        {
            return await PassAsync(link, passage, to, new PeerCall(self, epoch, deadline, request), cancellationToken).WaitAsync(deadline.Remaining(fabric.Time), fabric.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new PeerReply.Lost("no answer in time");
        }
        catch (OperationCanceledException)
        {
            return new PeerReply.Lost("nobody waits any more");
        }
    }

    private async Task<PeerReply> PassAsync(Link link, Passage passage, NodeId to, PeerCall call, CancellationToken cancellationToken)
    {
        await link.Gate;
        if (passage == Passage.BreakBefore)
        {
            return new PeerReply.Lost("connection reset");
        }

        if (link.Delay is { } delay)
        {
            await Task.Delay(delay(), fabric.Time, CancellationToken.None);
        }
        else
        {
            await Task.Yield();
        }

        var there = fabric.Listener(to);
        if (IsDead || there is null || passage == Passage.LoseRequest)
        {
            return await NeverAsync();
        }

        var reply = await there.AnswerAsync(call, cancellationToken);
        if (IsDead || there.IsDead || passage == Passage.LoseReply)
        {
            return await NeverAsync();
        }

        if (link.Delay is { } back)
        {
            await Task.Delay(back(), fabric.Time, CancellationToken.None);
        }

        return passage == Passage.BreakAfter ? new PeerReply.Lost("connection reset") : reply;
    }

    private async ValueTask<PeerReply> AnswerAsync(PeerCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await _handler!.HandleAsync(call, cancellationToken);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            fabric.Failures.Add(problem);
            return new PeerReply.Failed(problem.Message);
        }
    }

    private static Task<PeerReply> NeverAsync() => new TaskCompletionSource<PeerReply>().Task;
}
