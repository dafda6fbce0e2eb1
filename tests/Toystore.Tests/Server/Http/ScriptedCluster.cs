using Toystore.Core;

namespace Toystore.Tests.Server.Http;

/// <summary>A cluster of one member that never changes, and the health of the node in front of it.</summary>
internal sealed class ScriptedCluster : IClusterView, IClusterKeys, IClusterTopology, INodeHealth, INodeDrain
{
    public Exception? Fault { get; set; }

    public Key? LastKey { get; private set; }

    public string? Problem { get; set; }

    public CopyCount Copies { get; set; } = new(3, 3);

    public bool IsDraining { get; private set; }

    public ValueTask<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        Answer(new ClusterStatus("c", "1.7", "n1", true, "All is well.", 3, 1, 1, 1, [new MemberStatus("n1", "z1", 1, "127.0.0.1:1", null, null, 16384, true, null, null)]));

    public ValueTask<RingStatus> RingAsync(CancellationToken cancellationToken = default) => Answer(new RingStatus("1.7", 16384, [new SlotRange(0, 16383, ["n1"])]));

    public ValueTask<HintsReport> HintsAsync(CancellationToken cancellationToken = default) => Answer(new HintsReport([new KeptHints("n2", "n3", 5, 700, 12.5)], ["n4"]));

    public ValueTask<RepairReport> RepairAsync(int? slot = null, CancellationToken cancellationToken = default) => Answer(Repair(slot, isOrdered: false));

    public ValueTask<RepairReport> RepairNowAsync(int? slot = null, CancellationToken cancellationToken = default) => Answer(Repair(slot, isOrdered: true));

    public ValueTask<KeyPlacement> PlacementAsync(Key key, CancellationToken cancellationToken = default)
    {
        LastKey = key;
        return Answer(new KeyPlacement(42, ["n1"], ["n2"]));
    }

    public KeyChange? LastChange { get; private set; }

    public ValueTask<KeysReport> KeysAsync(CancellationToken cancellationToken = default) =>
        Answer(new KeysReport(true, "Every member seals with 5f0c0b1e.", [new MemberKeys("n1", ["5f0c0b1e"], true, false, null)]));

    public ValueTask<KeysReport> ChangeKeysAsync(KeyChange change, CancellationToken cancellationToken = default)
    {
        LastChange = change;
        return Answer(new KeysReport(change.Key != "refused", "So it went.", []));
    }

    public ForceOrder? LastOrder { get; private set; }

    public ValueTask<TopologyReport> TopologyAsync(CancellationToken cancellationToken = default) => Answer(new TopologyReport(
        "c", "1.7", "n1", true, "All is well.", 3, 2, 2, [new TopologyMember("n1", "z1", 1, "127.0.0.1:1", null, null, true, "ab", "ab", "1.7", false)], [new TopologyPolicy("a:", "lww")]));

    public ValueTask<TopologyHistory> TopologyHistoryAsync(CancellationToken cancellationToken = default) =>
        Answer(new TopologyHistory("1.7", [new TopologyDecision("1.7", DateTimeOffset.UnixEpoch, "n1", "The cluster was founded.")]));

    public ValueTask<ForceReport> ForceTopologyAsync(ForceOrder order, CancellationToken cancellationToken = default)
    {
        LastOrder = order;
        return Answer(new ForceReport(true, "So it went.", "2.8", ["n1"], ["n2"]));
    }

    public ValueTask<DrainReport> DrainReportAsync(CancellationToken cancellationToken = default) => Answer(new DrainReport("n1", IsDraining, 2, 345));

    public ValueTask<DrainReport> DrainAsync(CancellationToken cancellationToken = default)
    {
        IsDraining = Fault is null;
        return DrainReportAsync(cancellationToken);
    }

    public ValueTask<DrainReport> ResumeAsync(CancellationToken cancellationToken = default)
    {
        IsDraining = false;
        return DrainReportAsync(cancellationToken);
    }

    private static RepairReport Repair(int? slot, bool isOrdered) =>
        new(1, 0, 0, [new NodeRepair("n1", slot ?? 16384, 2, 0, 1, 30.5, 4096, 0.5, 0.25, 0.125, 3, 4, 5, 1, new ScrubProgress(0.5, 6, 7, 8), [new PeerRepair("n2", false, isOrdered, 1.5, 0.25, 2, 0, 5, 6, 700, 800, null, "ab")])], ["n4"]);

    private ValueTask<T> Answer<T>(T answer) => Fault is null ? ValueTask.FromResult(answer) : ValueTask.FromException<T>(Fault);
}
