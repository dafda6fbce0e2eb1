using System.Runtime.CompilerServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Node.Replication;

namespace Toystore.Node.Coordination;

/// <summary>What a quorum read came to.</summary>
/// <param name="Container">What R owners, or those who stand in for them, know together; null if they could not be heard.</param>
/// <param name="Answers">How many answered.</param>
/// <param name="StandIns">How many of them stand in for owners; or of those who were given what it shows, since owners differed.</param>
/// <param name="Detail">What went wrong first.</param>
internal readonly record struct QuorumReading(Container? Container, int Answers, int StandIns, string Detail);

/// <summary>
/// Quorum reads by an owner, or, where none can be reached, by any other member. Where owners differ, what they know together is written back before it is given out, so that no later quorum read knows less (monotonic reads). Where R + W &lt;= N promises nothing of the
/// kind, or stand-ins had to answer, the write-back is not waited for.
/// </summary>
internal sealed class QuorumReader(CoordinationParts parts)
{
    private readonly RecordHealing _healing = new(parts);

    /// <summary>Keys being healed in the background.</summary>
    public int Healing => _healing.Count;

    /// <summary>Reads a key. <paramref name="sloppy"/>: where fewer than R owners can be reached, those who stand in for them are asked as well.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<QuorumReading> ReadAsync(ClusterSnapshot cluster, Key key, int needed, bool sloppy, Deadline deadline, CancellationToken cancellationToken)
    {
        Task<HeldContainer>? own = null;
        if (needed == 1 && cluster.PositionOfSelf(Slot.Of(key)) >= 0)
        {
            var reading = parts.Replica.ReadAsync(key, CancellationToken.None);
            if (!reading.IsCompletedSuccessfully)
            {
                // The disk has to be read: that may take longer than the request may.
                own = reading.AsTask();
            }
            else if (await reading is { Unknowing: false } held)
            {
                return new QuorumReading(held.Container, 1, 0, "");
            }
        }

        for (var isHealed = false; ; isHealed = true)
        {
            var gathering = new ReadGathering(parts, cluster, key, needed, sloppy, deadline, containersOnly: false, isHealed ? null : own, cancellationToken);
            switch (await gathering.DecideAsync())
            {
                case ReadState.Agreed:
                    if (gathering.Unknowing() is { Count: > 0 } unknowing)
                    {
                        _ = _healing.BeginAsync(cluster, key, unknowing);
                    }

                    return gathering.Reading();
                case ReadState.NeedsRepair:
                    return await RepairAsync(cluster, key, gathering.Fold(), needed, sloppy, deadline);
                default:
                    if (!isHealed && gathering.Unknowing() is { Count: > 0 } lost && await _healing.HealAsync(cluster, key, lost, deadline) == HealingEnd.Whole)
                    {
                        parts.Counters.CountReadRepair();
                        continue;
                    }

                    return gathering.Reading() with { Container = null, Detail = gathering.Detail };
            }
        }
    }

    private async ValueTask<QuorumReading> RepairAsync(ClusterSnapshot cluster, Key key, ReadQuorum read, int needed, bool sloppy, Deadline deadline)
    {
        parts.Counters.CountReadRepair();
        var slot = Slot.Of(key);
        var quorums = cluster.Ring.QuorumsOf(slot);
        var promised = needed + quorums.Writes > quorums.Copies && read.StandIns == 0;
        var knowing = promised && read.CanRestore;
        var repair = WriteBack.Begin(parts, cluster, key, read, promised ? quorums.Writes : 1, knowing, deadline, onlyStale: true);
        if (!promised)
        {
            return new QuorumReading(read.Merged, read.Answers, read.StandIns, "");
        }

        var written = await repair.DecideAsync();
        if (written.State != WriteState.Done)
        {
            // Those that were stale could not all be mended: anybody else will do.
            written = await WriteBack.Begin(parts, cluster, key, read, quorums.Writes, knowing, deadline, onlyStale: false, shares: sloppy ? Shares.StandIn : Shares.Leave).DecideAsync();
        }

        return written.State == WriteState.Done
            ? new QuorumReading(read.Merged, read.Answers, written.StandIns, "")
            : new QuorumReading(null, read.Answers, 0, $"the owners differ, and what they know together could not be written back: {written.Detail}");
    }
}
