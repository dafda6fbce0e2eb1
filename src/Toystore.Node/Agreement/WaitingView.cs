using Toystore.Core;

namespace Toystore.Node.Agreement;

/// <summary>What a node that waits for its topology can say to operators: why it waits.</summary>
internal sealed class WaitingView(ClusterNode node, string problem) : IClusterView, IClusterKeys
{
    /// <inheritdoc/>
    public ValueTask<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default)
    {
        var topology = node.Keeper.Edition?.Topology ?? node.Setup.Topology;
        var (wanted, kept) = (topology.Quorums, topology.Quorums.ForOwners(Math.Min(topology.Quorums.Copies, topology.Members.Length)));
        var members = topology.Members.ToArray().Select(member => new MemberStatus(
            member.Id.ToString(), member.Zone, member.Weight, member.PeerEndpoint.ToString(), member.HttpEndpoint?.ToString(), member.RedisEndpoint?.ToString(), 0, member.Id == node.Self, member.Id == node.Self ? problem : "It is not known.",
            null)).ToList();
        return new(new ClusterStatus(topology.ClusterId.ToString(), node.Keeper.Epoch.ToString(), node.Self.ToString(), false, problem, wanted.Copies, kept.Copies, kept.Reads, kept.Writes, members));
    }

    /// <inheritdoc/>
    public ValueTask<RingStatus> RingAsync(CancellationToken cancellationToken = default) => new(new RingStatus(node.Keeper.Epoch.ToString(), Core.Placement.Slot.Count, []));

    /// <inheritdoc/>
    public ValueTask<HintsReport> HintsAsync(CancellationToken cancellationToken = default) => new(new HintsReport([], Names()));

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairAsync(int? slot = null, CancellationToken cancellationToken = default) => new(new RepairReport(0, 0, 0, [], Names()));

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairNowAsync(int? slot = null, CancellationToken cancellationToken = default) => RepairAsync(slot, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyPlacement> PlacementAsync(Key key, CancellationToken cancellationToken = default) => new(new KeyPlacement(Core.Placement.Slot.Of(key).Index, [], []));

    /// <inheritdoc/>
    public ValueTask<KeysReport> KeysAsync(CancellationToken cancellationToken = default) => new(new KeysReport(false, problem, []));

    /// <inheritdoc/>
    public ValueTask<KeysReport> ChangeKeysAsync(KeyChange change, CancellationToken cancellationToken = default) => KeysAsync(cancellationToken);

    private string[] Names() => Array.ConvertAll((node.Keeper.Edition?.Topology ?? node.Setup.Topology).Members.ToArray(), member => member.Id.ToString());
}
