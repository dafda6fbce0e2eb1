using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Node.Membership;

/// <summary>What a node's membership is made from.</summary>
/// <param name="Self">This node.</param>
/// <param name="Topology">Its members are the seeds, and all who may be members.</param>
/// <param name="Options">Times and numbers.</param>
/// <param name="Keys">Of the cluster.</param>
/// <param name="Version">The release that runs here, published to the others.</param>
/// <param name="ClockSkewMax">How far the wall clock may go back.</param>
internal sealed record MembershipSetup(NodeId Self, Topology Topology, SwimOptions Options, KeyRing Keys, string Version, TimeSpan ClockSkewMax)
{
    /// <summary>Chance that nobody can guess, for nonces.</summary>
    public Action<Span<byte>> FillNonce { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Where what it measures is published; null for nowhere.</summary>
    public Meter? Meter { get; init; }

    /// <summary>What this node publishes about itself.</summary>
    public MemberFacts FactsOf(ulong generation)
    {
        var member = Topology.Members.ToArray().First(member => member.Id == Self);
        var version = new string([.. Version.Where(c => c is >= ' ' and <= '~').Take(MemberFacts.TextCharsMax)]);
        return new MemberFacts
        {
            Generation = generation,
            PeerEndpoint = member.PeerEndpoint,
            HttpEndpoint = member.HttpEndpoint,
            RedisEndpoint = member.RedisEndpoint,
            Name = Self.ToString(),
            Zone = member.Zone,
            Version = version,
        };
    }
}
