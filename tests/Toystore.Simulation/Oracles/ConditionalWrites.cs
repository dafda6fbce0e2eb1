using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>
/// A conditional write happens if, and only if, the key is as it asks. What can be told for certain from outside: against everything that was settled before it began and untouched until it ended; and against another one that the
/// same owner coordinated, since there one comes after the other. (When the first owner dies, its successor may let a second one win beside the first: both then stand side by side, and nothing is lost.)
/// </summary>
internal sealed class ConditionalWrites(IClusterUnderTest cluster, History history) : IOracle
{
    public void Ended(Operation operation)
    {
        if (operation is not WriteOp { IsLastWrite: false, Attempts: 1, Options.Precondition: { } precondition } write)
        {
            return; // what an earlier attempt did, a later one may have found
        }

        var key = history.Of(write.Key);
        var r = key.Quorums.Strict.Reads;
        var there = history.Expectations.MustShow(key, r, write.Begin).Select(must => must.Value).Where(value => value != write).ToList();
        switch (write.Told)
        {
            case Told.Done:
                CheckThatItHeld(write, precondition, key, r, there);
                CheckThatItWonAlone(write, precondition, key);
                break;
            case Told.PreconditionFailed:
                CheckThatItFailed(write, precondition, key, r, there);
                break;
            default:
                break;
        }
    }

    private void CheckThatItHeld(WriteOp write, Precondition precondition, KeyHistory key, int r, List<WriteOp> there)
    {
        switch (precondition)
        {
            case Precondition.Absent when there.Count > 0:
                Report($"{write} is done, although {there[0]} was there from before it began until it ended.", write);
                break;
            case Precondition.Unchanged when there.Find(value => !write.Seen!.Perhaps.Contains(value.Name) && !value.Dots.Exists(write.Seen.Vector.Covers)) is { } unseen:
                Report($"{write} is done, although {unseen} was there all the time, which its client had not seen: two have won on the same base, and an update is lost.", write);
                break;
            case Precondition.Present or Precondition.Unchanged when HasNoValue(key, write, r):
                Report($"{write} is done, although every value of the key had been replaced or deleted before it began.", write);
                break;
            default:
                break;
        }
    }

    private void CheckThatItFailed(WriteOp write, Precondition precondition, KeyHistory key, int r, List<WriteOp> there)
    {
        switch (precondition)
        {
            case Precondition.Absent when HasNoValue(key, write, r):
                Report($"{write} was refused, although every value of the key had been replaced or deleted before it began.", write);
                break;
            case Precondition.Present when there.Count > 0:
                Report($"{write} was refused, although {there[0]} was there from before it began until it ended.", write);
                break;
            case Precondition.Unchanged when there.Count > 0 && history.Ledger.DotsOf(key.Key).All(write.Seen!.Vector.Covers):
                Report($"{write} was refused, although {there[0]} was there all the time, and no disk has ever held anything of this key that its client had not seen.", write);
                break;
            default:
                break;
        }
    }

    private void CheckThatItWonAlone(WriteOp write, Precondition precondition, KeyHistory key)
    {
        if (write.Dots.Count != 1)
        {
            return;
        }

        foreach (var other in key.Settled)
        {
            var isRival = other != write && other is { Attempts: 1, Told: Told.Done, Dots.Count: 1 } && other.End > write.Begin && other.Options.Precondition?.GetType() == precondition.GetType() && other.Dots[0].Actor == write.Dots[0].Actor;
            if (!isRival || other.Dots.Concat(write.Dots).SelectMany(history.Ledger.LossesOf).Any())
            {
                continue;
            }

            var isLost = precondition switch
            {
                Precondition.Unchanged => !write.Seen!.Vector.Covers(other.Dots[0]) && !other.Seen!.Vector.Covers(write.Dots[0]),
                Precondition.Absent => !write.IsDelete && !other.IsDelete && !MayHaveGone(key, other) && !MayHaveGone(key, write),
                _ => false,
            };
            if (isLost)
            {
                Report($"Two have won on the same base at the same owner: {write}, and {other}. One of the two updates is lost.", write);
            }
        }
    }

    private static bool MayHaveGone(KeyHistory key, WriteOp value) => value.MayBeReplaced || value.ExpiresAt is not null || key.Pending.Exists(other => other.MayReplace(value));

    private bool HasNoValue(KeyHistory key, WriteOp write, int r)
    {
        foreach (var value in key.Writes)
        {
            var mayShow = value != write && !value.IsDelete && value.MayHaveHappened && value.Begin < write.End && history.Expectations.WhyGone(key, value, r, write.Begin) is null;
            if (mayShow)
            {
                return false;
            }
        }

        return true;
    }

    private void Report(string text, WriteOp write) =>
        cluster.Violations.Add(FailureKind.Outcome, nameof(ConditionalWrites), $"A precondition was judged wrongly: {text} {history.Ledger.Whereabouts(write)}");
}
