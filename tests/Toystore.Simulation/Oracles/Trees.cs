using System.Globalization;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;
using Toystore.Storage;
using HeldRecord = Toystore.Simulation.Histories.HeldRecord;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// Exchanges make owners equal with nobody reading: where they are frequent, all owners' trees of all slots are the same within a bound of time after everything was mended. And at rest a tree says what is on the disk, wherever it says
/// anything. A slot with a block that cannot be read has no tree.
/// </summary>
internal sealed class Trees(IClusterUnderTest cluster, History history) : IOracle
{
    /// <summary>How long it may take, from when everything works and all hints are with their owners.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task MendedAsync()
    {
        var until = cluster.Loop.Now + Bound.Ticks;
        while (cluster.HealsQuickly && Difference() is { } difference)
        {
            if (cluster.Loop.Now >= until)
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"{Bound.TotalSeconds:0} s after everything was mended, with nobody reading, {difference}"));
                return;
            }

            await cluster.Loop.PassAsync(Pause);
        }
    }

    public void CameToRest()
    {
        for (var node = 0; node < cluster.Nodes; node++)
        {
            if (cluster.TreesOf(node) is { } trees)
            {
                Check(node, trees);
            }
        }
    }

    private void Check(int node, SlotTrees trees)
    {
        var roots = new ulong[Slot.Count];
        foreach (var record in cluster.RecordsOf(node))
        {
            if (HeldRecord.Of(record.Key.Key, record.Bytes) is { IsReadable: true } held)
            {
                roots[record.Key.Slot.Index] ^= VersionsHash.Of(StoreOrder.HashOf(record.Key.Key), held.Container).Value;
            }
        }

        for (var index = 0; index < Slot.Count; index++)
        {
            if (trees.TryReadRoot(new Slot((ushort)index), out var root) && root != roots[index])
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"The tree of slot {index} on n{node + 1:x} has the root {root:x16}, and its records make {roots[index]:x16}."));
                return;
            }
        }
    }

    private string? Difference()
    {
        foreach (var key in history.Keys)
        {
            var slot = Slot.Of(key.Key);
            var owners = history.Ledger.OwnersOf(key.Key).ToList();
            if (owners.Exists(owner => history.Ledger.IsUnknowing(owner, key.Key)))
            {
                continue;
            }

            var first = 0UL;
            foreach (var owner in owners)
            {
                if (cluster.TreesOf(owner) is not { } trees || !trees.TryReadRoot(slot, out var root))
                {
                    return string.Create(CultureInfo.InvariantCulture, $"n{owner + 1:x} has no tree of {slot}.");
                }

                first = owner == owners[0] ? root : first;
                if (root != first)
                {
                    return string.Create(CultureInfo.InvariantCulture, $"n{owners[0] + 1:x} and n{owner + 1:x} differ in {slot}, where {key.Key} is: {history.Ledger.Visible(owners[0], key.Key).Container} and {history.Ledger.Visible(owner, key.Key).Container}.");
                }
            }
        }

        return null;
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Convergence, nameof(Trees), text);
}
