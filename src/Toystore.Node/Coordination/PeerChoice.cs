using Toystore.Core;
using Toystore.Core.Quorum;
using Toystore.Node.Peers;

namespace Toystore.Node.Coordination;

/// <summary>
/// Whom to ask: of those in the best state, the better of two drawn at random, by latency times load. Always taking the fastest would send everybody to the same node until it is the slowest (Mitzenmacher 2001;
/// C3, NSDI 2015).
/// </summary>
internal sealed class PeerChoice(IPeers peers, Laggards laggards, NodeRandom random)
{
    /// <summary>Owners that lack something.</summary>
    public Laggards Laggards => laggards;

    /// <summary>A position among the owners that is not in <paramref name="except"/>; -1 if there is none. Those that lack something come after those that do not (<see cref="Laggards"/>), the refusing last.</summary>
    public int Pick(ReadOnlySpan<NodeId> owners, OwnerSet except)
    {
        var best = int.MaxValue;
        var candidates = default(OwnerSet);
        for (var i = 0; i < owners.Length; i++)
        {
            var rank = except.Has(i) ? int.MaxValue : RankOf(owners[i]);
            if (rank < best)
            {
                best = rank;
                candidates = default;
            }

            if (rank == best && rank != int.MaxValue)
            {
                candidates.Add(i);
            }
        }

        if (candidates.Count <= 1)
        {
            return Nth(candidates, owners.Length, 0);
        }

        var first = random.Below(candidates.Count);
        var second = (first + 1 + random.Below(candidates.Count - 1)) % candidates.Count;
        var (one, other) = (Nth(candidates, owners.Length, first), Nth(candidates, owners.Length, second));
        return Cost(peers.Health(owners[one])) <= Cost(peers.Health(owners[other])) ? one : other;
    }

    private int RankOf(NodeId owner) => peers.Health(owner).State switch
    {
        PeerState.Up or PeerState.Unknown => laggards.Has(owner) ? 1 : 0,
        PeerState.Suspect => 2,
        PeerState.Refusing => 3,
        var state => throw new InvalidOperationException($"unknown peer state {state}"),
    };

    private static long Cost(PeerHealth health) => (health.Latency.Ticks + 1) * (health.InFlight + 1);

    private static int Nth(OwnerSet set, int length, int n)
    {
        for (var i = 0; i < length; i++)
        {
            if (set.Has(i) && n-- == 0)
            {
                return i;
            }
        }

        return -1;
    }
}
