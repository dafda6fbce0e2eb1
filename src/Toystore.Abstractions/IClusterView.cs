using Toystore.Core;

namespace Toystore;

/// <summary>The cluster, as an operator sees it: the same in process and over the wire.</summary>
public interface IClusterView
{
    /// <summary>Asks every member how it is; a member that does not answer within a second is reported as unreachable.</summary>
    ValueTask<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Who owns what.</summary>
    ValueTask<RingStatus> RingAsync(CancellationToken cancellationToken = default);

    /// <summary>What members keep for owners that missed it. A member that does not answer within a second is named.</summary>
    ValueTask<HintsReport> HintsAsync(CancellationToken cancellationToken = default);

    /// <summary>How the members keep their copies alike; of one slot (0..16383) if one is named. A member that does not answer within a second is named.</summary>
    ValueTask<RepairReport> RepairAsync(int? slot = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Has every member compare its slots with all who own them too, now rather than in a minute; of one slot (0..16383) if one is named. Returns at once, with what <see cref="RepairAsync"/> says then: it is through when no
    /// <see cref="PeerRepair.Ordered"/> is left.
    /// </summary>
    ValueTask<RepairReport> RepairNowAsync(int? slot = null, CancellationToken cancellationToken = default);

    /// <summary>Where a key lives.</summary>
    ValueTask<KeyPlacement> PlacementAsync(Key key, CancellationToken cancellationToken = default);
}
