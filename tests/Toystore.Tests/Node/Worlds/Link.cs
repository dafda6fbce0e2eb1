using Toystore.Node.Peers;
using Toystore.Simulation.Scheduling;

namespace Toystore.Tests.Node.Worlds;

/// <summary>What becomes of a request between two nodes.</summary>
public enum Passage
{
    /// <summary>It arrives, and so does the answer.</summary>
    Deliver,

    /// <summary>The connection is refused.</summary>
    Refuse,

    /// <summary>The other side has too much to do.</summary>
    Overload,

    /// <summary>It gets lost, which is noticed at the deadline.</summary>
    LoseRequest,

    /// <summary>It arrives, the answer gets lost, and that is noticed at the deadline.</summary>
    LoseReply,

    /// <summary>The connection breaks before it has arrived.</summary>
    BreakBefore,

    /// <summary>The connection breaks when it has arrived and been done.</summary>
    BreakAfter,
}

/// <summary>The way from one node to another.</summary>
internal sealed class Link
{
    private TaskCompletionSource? _gate;

    /// <summary>What becomes of each request; delivered by default.</summary>
    public Func<PeerRequest, Passage> Rule { get; set; } = static _ => Passage.Deliver;

    /// <summary>How long a request is under way; no time by default.</summary>
    public Func<TimeSpan>? Delay { get; set; }

    /// <summary>What the sender believes of the way; null: that it is up unless the other node is not.</summary>
    public PeerState? Believed { get; set; }

    /// <summary>All that is asked from now on waits.</summary>
    public void Hold() => _gate ??= new TaskCompletionSource();

    /// <summary>What waits goes on.</summary>
    public void Release()
    {
        if (_gate is { } gate)
        {
            _gate = null;
            EventLoop.Outside(gate.SetResult);
        }
    }

    internal Task Gate => _gate?.Task ?? Task.CompletedTask;
}
