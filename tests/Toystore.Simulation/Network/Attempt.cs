using System.Net.Sockets;
using Toystore.Core;
using Toystore.Node.Peers;

namespace Toystore.Simulation.Network;

/// <summary>One attempt to connect: the question goes there, the answer comes back, and both can be lost.</summary>
internal sealed class Attempt(SimulatedNetwork network, SimulatedTransport client, NodeId to)
{
    private readonly TaskCompletionSource<PeerWire> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Wire _there = network[client.Node, to];
    private readonly Wire _back = network[to, client.Node];
    private ConnectionEnd? _end;

    public async ValueTask<PeerWire> RunAsync(CancellationToken cancellationToken)
    {
        network.Loop.After(_there.Delay(), network.Loop.World, Arrive);
        using (cancellationToken.UnsafeRegister(static (attempt, token) => ((Attempt)attempt!).GiveUp(token), this))
        {
            return await _done.Task;
        }
    }

    private void GiveUp(CancellationToken token)
    {
        if (_done.TrySetCanceled(token))
        {
            network.Trace.Note(_there.Name, "gave up connecting");
            _end?.Dispose();
        }
    }

    private void Arrive()
    {
        if (client.Life.IsOver || _done.Task.IsCompleted || _there.IsCut || _there.Swallows || network.IsDark(to))
        {
            return; // who asks gives up some day
        }

        if (!_there.Refuses && network.ListenerOf(to) is { } listener)
        {
            _end = listener.Accept(network, client);
        }

        if (!_back.IsCut)
        {
            network.Loop.After(_back.Delay(), client.Life, Answer);
        }
    }

    private void Answer()
    {
        if (_end is null)
        {
            if (_done.TrySetException(new SocketException((int)SocketError.ConnectionRefused)))
            {
                network.Trace.Note(_there.Name, "refused");
            }
        }
        else if (_done.TrySetResult(_end))
        {
            network.Trace.Note(_there.Name, "connected");
        }
    }
}
