using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Toystore.Node.Agreement;
using Toystore.Node.Healing;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node;

/// <summary>The doors of a node to the outside world. Each has a real and a simulated form, and nothing goes past them.</summary>
/// <param name="Store">Its disk. The node disposes of it.</param>
/// <param name="Network">The other nodes. The node disposes of it.</param>
/// <param name="Time">Its clocks and timers.</param>
/// <param name="Random">Its chance.</param>
/// <param name="Log">Where it says what happens.</param>
internal sealed record NodeSeams(IStore Store, IPeerNetwork Network, TimeProvider Time, Random Random, ILogger Log)
{
    /// <summary>What carries the packets of membership; null for a node that goes by its links alone. The node disposes of it.</summary>
    public IGossipTransport? Gossip { get; init; }

    /// <summary>Fills bytes with chance that nobody can guess.</summary>
    public Action<Span<byte>> FillNonce { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Where it publishes what it measures; null for nowhere. Stays the caller's, who disposes of it after the node.</summary>
    public Meter? Meter { get; init; }

    /// <summary>What the store has lost, if it was damaged; null if nothing.</summary>
    public StoreLoss? Loss { get; init; }

    /// <summary>When it reports and compares; default as <see cref="HealingTiming"/> says. All nodes of a cluster have the same.</summary>
    public HealingTiming Healing { get; init; } = new();

    /// <summary>When it looks after the topology.</summary>
    public TopologyTiming Topology { get; init; } = new();

    /// <summary>This start of the machine: what was not synced under another one may be lost.</summary>
    public Guid Boot { get; init; } = MachineBoot.Id;

    /// <summary>What its process takes of the machine.</summary>
    public Func<ProcessFigures> Process { get; init; } = ProcessFigures.OfThisProcess;
}
