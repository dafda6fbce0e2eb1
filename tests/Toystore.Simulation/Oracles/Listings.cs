using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>A listing has every key that had a value throughout, and none that cannot have one.</summary>
internal sealed class Listings(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        if (operation is not ListOp { Keys: { } keys } list)
        {
            return;
        }

        var listed = keys.ToHashSet();
        if (listed.Count < keys.Count)
        {
            Report($"A key is listed twice: {list}.");
        }

        foreach (var key in history.Keys)
        {
            if (!listed.Remove(key.Key))
            {
                CheckMissing(list, key);
            }
            else if (!CanShow(list, key))
            {
                Report($"A key is listed that can have no value: {key.Key}, in {list}.");
            }
        }

        if (listed.Count > 0)
        {
            Report($"Keys are listed that nobody ever wrote: {string.Join(", ", listed)}, in {list}.");
        }
    }

    private void CheckMissing(ListOp list, KeyHistory key)
    {
        var needed = list.Needed;
        WriteOp? value = null;
        if (!key.IsLastWrite)
        {
            value = history.Expectations.MustShow(key, needed, list.Begin).Select(must => must.Value).FirstOrDefault();
        }
        else if (history.Expectations.LastWrite(key, needed, list.Begin, isRead: true) is { Write: { IsDelete: false } last } && !key.Writes.Exists(write => write.MayHaveHappened && (write.IsDelete || write.ExpiresAt is not null)))
        {
            value = last;
        }

        if (value is not null)
        {
            Report($"A key is missing from a listing: {key.Key} had a value throughout, {value}, and {list}. {history.Ledger.Whereabouts(value)}");
        }
    }

    private bool CanShow(ListOp list, KeyHistory key)
    {
        foreach (var write in key.Writes)
        {
            if (!write.IsDelete && write.MayHaveHappened && (key.IsLastWrite || history.Expectations.WhyGone(key, write, list.Needed, list.Begin) is null))
            {
                return true;
            }
        }

        return false;
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.Outcome, nameof(Listings), text);
}
