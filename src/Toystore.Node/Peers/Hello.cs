using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>Which connection between two nodes this is.</summary>
internal enum PeerLane : byte
{
    /// <summary>Reserved for what must never wait behind data: topology, membership.</summary>
    Control = 0,

    /// <summary>Requests, and answers of ordinary size.</summary>
    Data = 1,

    /// <summary>Frames longer than <see cref="FrameFormat.BulkBytesMin"/>, so that the others need not wait behind them.</summary>
    Bulk = 2,
}

/// <summary>What each side says of itself before anything else.</summary>
/// <param name="VersionMin">The oldest version it speaks.</param>
/// <param name="VersionMax">The newest; the lower of the two sides' newest is spoken.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Node">Who it is.</param>
/// <param name="Expected">Whom it believes to be talking to; nobody if it does not care.</param>
/// <param name="Epoch">Its topology.</param>
/// <param name="Fingerprint">A hash of that topology.</param>
/// <param name="Lane">What the connection is for.</param>
/// <param name="Session">Ties the lanes of one link together: a number chosen by the side that connects.</param>
internal readonly record struct Hello(
    ushort VersionMin, ushort VersionMax, ClusterId Cluster, NodeId Node, NodeId Expected, Epoch Epoch, ulong Fingerprint, PeerLane Lane, ulong Session)
{
    /// <summary>The version two sides speak; check <see cref="Problem"/> first.</summary>
    public static ushort CommonVersion(in Hello one, in Hello other) => Math.Min(one.VersionMax, other.VersionMax);

    /// <summary>What keeps these two from talking, as the one who is told (<paramref name="mine"/>) sees it; null if nothing does. Says what is wrong and what would be right.</summary>
    public static string? Problem(in Hello mine, in Hello theirs, PeerDirectory directory)
    {
        if (theirs.VersionMin > theirs.VersionMax || CommonVersion(mine, theirs) < Math.Max(mine.VersionMin, theirs.VersionMin))
        {
            return $"{theirs.Node} speaks versions {theirs.VersionMin} to {theirs.VersionMax} of the peer protocol, {mine.Node} speaks {mine.VersionMin} to {mine.VersionMax}: upgrade one release at a time.";
        }

        if (theirs.Cluster != mine.Cluster)
        {
            return $"{theirs.Node} belongs to cluster {theirs.Cluster}, {mine.Node} to {mine.Cluster}: correct the address, or the cluster id of the one that is wrong.";
        }

        if (mine.Expected != default && theirs.Node != mine.Expected)
        {
            return $"{mine.Node} expected {mine.Expected} and found {theirs.Node}: correct the address of {mine.Expected}.";
        }

        if (theirs.Expected != default && theirs.Expected != mine.Node)
        {
            return $"{theirs.Node} expected {theirs.Expected} and found {mine.Node}: correct the address of {theirs.Expected}.";
        }

        if (theirs.Node == mine.Node)
        {
            return $"Two nodes call themselves {mine.Node}: give each its own id.";
        }

        if (!directory.Members.ContainsKey(theirs.Node))
        {
            return $"{theirs.Node} is no member in the topology of {mine.Node} (epoch {mine.Epoch}): add it to the cluster first.";
        }

        if (theirs.Epoch == mine.Epoch && theirs.Fingerprint != mine.Fingerprint)
        {
            return $"{theirs.Node} and {mine.Node} have different topologies under the same epoch {mine.Epoch} (fingerprints {theirs.Fingerprint:x16} and {mine.Fingerprint:x16}): configure the same members, zones, weights, N, R, W and policies on every node.";
        }

        return null;
    }
}
