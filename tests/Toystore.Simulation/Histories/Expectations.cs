using Toystore.Core.Versions;

namespace Toystore.Simulation.Histories;

/// <summary>
/// What the promises of the design's section 1 say that a read must and must not show: an exact causal model beside the run.
/// </summary>
/// <remarks>
/// <para>
/// Everything is reduced to facts of the form "so many owners know of this write" (<see cref="Fact"/>): W of them when its client was told that it is done; R of them, or W after a write-back, when a read showed it.
/// A read by R owners must know what they know if both sets overlap: copies + R &gt; N. Only owners count: what members did that stand in for them (a sloppy quorum) says nothing until they have passed it on.
/// </para>
/// <list type="bullet">
/// <item>A value that is known so must show, unless a write that may have happened may have replaced it: its client may have seen it.</item>
/// <item>If such a write may have replaced it, that one must show, or what may have replaced it in turn (<see cref="Succession"/>).</item>
/// <item>A value must not show if each of its dots is covered by the context of a write that is known so, or of a read that is known so and did not show it; or, if it was sent once and so has one dot, if the client of a write that is known so was shown it.</item>
/// </list>
/// <para>
/// What is under way while a read is may count or not. A write that is sent again through another node after it was replaced may stand beside what replaced it: it has a second dot, which nobody had seen. That is why
/// dots count, and names only where there is one dot.
/// </para>
/// </remarks>
internal sealed class Expectations(History history, DotLedger ledger, Clocks clocks)
{
    /// <summary>The fact that makes a read by <paramref name="r"/> owners that begins at <paramref name="begin"/> know of a write; null if there is none. <paramref name="also"/>: dots that the same owners must not have lost.</summary>
    public Fact? Proof(WriteOp write, int r, long begin, IReadOnlyList<Dot>? also = null)
    {
        var copies = history.Of(write.Key).Quorums.Copies;
        foreach (var fact in write.Facts)
        {
            if (fact.Known < begin && fact.Copies + r > copies && fact.Copies - Math.Max(ledger.Lost(write.Dots, fact, write.Key), also is null ? 0 : ledger.Lost([.. write.Dots, .. also], fact, write.Key)) + r > copies)
            {
                return fact;
            }
        }

        return null;
    }

    /// <summary>Values of a key that a read by <paramref name="r"/> owners that began at <paramref name="begin"/> and ends now must show, and why. Only under the policy of siblings.</summary>
    public List<(WriteOp Value, Fact Proof)> MustShow(KeyHistory key, int r, long begin)
    {
        var must = new List<(WriteOp Value, Fact Proof)>();
        foreach (var value in key.Settled)
        {
            if (!value.IsDelete && !value.MayBeReplaced && !clocks.MayHaveExpired(value) && !key.Pending.Exists(other => other.MayReplace(value)) && Proof(value, r, begin) is { } proof)
            {
                must.Add((value, proof));
            }
        }

        return must;
    }

    /// <summary>The operation after which a read by <paramref name="r"/> owners that began at <paramref name="begin"/> must not show a value; null if there is none. Only under the policy of siblings.</summary>
    public Operation? WhyGone(KeyHistory key, WriteOp value, int r, long begin)
    {
        if (value.Attempts == 1)
        {
            foreach (var other in key.Settled)
            {
                if (other.Replaces.Contains(value.Name) && other != value && Proof(other, r, begin, value.Dots) is not null)
                {
                    return other;
                }
            }
        }

        Operation? why = null;
        foreach (var dot in value.Dots)
        {
            why = WhyGone(key, value, dot, r, begin);
            if (why is null)
            {
                return null;
            }
        }

        return why;
    }

    /// <summary>Says what is wrong with a read that ends now.</summary>
    public void Judge(ReadOp read)
    {
        var key = history.Of(read.Key);
        if (key.IsLastWrite)
        {
            JudgeLastWrite(key, read);
        }
        else
        {
            JudgeSiblings(key, read);
        }

        foreach (var value in read.Shown)
        {
            if (clocks.HadExpired(value, read))
            {
                read.Findings.Add(new Finding(FindingKind.Expired, value, null, null));
            }
        }
    }

    /// <summary>The last write of a key, as far as a read, or another write, by <paramref name="r"/> owners that begins at <paramref name="begin"/> must know it. Only under last-write-wins.</summary>
    public (WriteOp Write, Fact Proof)? LastWrite(KeyHistory key, int r, long begin, bool isRead)
    {
        (WriteOp Write, Fact Proof)? last = null;
        foreach (var write in key.Settled)
        {
            foreach (var fact in write.Facts)
            {
                if (fact.Known < begin && fact.Floor.CompareTo(last?.Proof.Floor ?? default) > 0 && fact.Copies - ledger.Lost(write.Dots, fact, write.Key, saysSo: isRead) + r > key.Quorums.Copies)
                {
                    last = (write, fact);
                }
            }
        }

        return last;
    }

    private void JudgeSiblings(KeyHistory key, ReadOp read)
    {
        foreach (var (value, proof) in MustShow(key, read.Heard, read.Begin))
        {
            if (!read.Shown.Contains(value))
            {
                read.Findings.Add(new Finding(FindingKind.Missing, value, proof, null));
            }
        }

        foreach (var (value, dots) in Succession.Vanished(key, read.Shown))
        {
            if (value.MayBeReplaced && Proof(value, read.Heard, read.Begin, dots) is { } proof)
            {
                read.Findings.Add(new Finding(FindingKind.Vanished, value, proof, null));
            }
        }

        foreach (var value in read.Shown)
        {
            if (WhyGone(key, value, read.Heard, read.Begin) is { } why)
            {
                read.Findings.Add(new Finding(FindingKind.Returned, value, null, why));
            }

            if (read.Context is { } context && value.Dots.Count > 0 && !value.Dots.Exists(context.Covers))
            {
                read.Findings.Add(new Finding(FindingKind.Uncovered, value, null, null));
            }
        }
    }

    private void JudgeLastWrite(KeyHistory key, ReadOp read)
    {
        if (read.Shown.Count > 1)
        {
            read.Findings.Add(new Finding(FindingKind.Several, read.Shown[0], null, null));
        }

        if (LastWrite(key, read.Heard, read.Begin, isRead: true) is not { } last || MayBeReplacedFromBehind(key, last.Write, last.Proof.Floor))
        {
            return;
        }

        if (read.Shown.Count > 0)
        {
            var shown = read.Shown[^1];
            if (shown != last.Write && shown.Begin < last.Proof.Known && shown.Dots.Count > 0 && shown.Highest.CompareTo(last.Proof.Floor) < 0)
            {
                read.Findings.Add(new Finding(FindingKind.Outrun, shown, last.Proof, last.Write));
            }

            return;
        }

        // Something that shows as absence may be higher.
        if (!key.Writes.Exists(other => (other.IsDelete || clocks.MayHaveExpired(other)) && other.MayHaveHappened && other.Highest.CompareTo(last.Proof.Floor) >= 0))
        {
            read.Findings.Add(new Finding(FindingKind.Missing, last.Write, last.Proof, null));
        }
    }

    /// <summary>
    /// True if a reading is so far ahead of the clock of the node that coordinated a write that this need not adopt it, and so may have minted a lower one for what is later.
    /// </summary>
    public bool IsClockToBlame(WriteOp write, Dot ahead)
    {
        var coordinator = ledger.IndexOf(write.Highest.Actor.Node);
        return clocks.LastSet >= write.Begin || coordinator < 0 || ahead.Time.Physical.ToDateTimeOffset() >= write.ClocksAtBegin[coordinator] + clocks.SkewMax;
    }

    /// <summary>True if another write may have replaced this one with a lower dot: a coordinator takes what it holds for seen, also where its clock is so wrong that it cannot mint above that.</summary>
    public bool MayBeReplacedFromBehind(KeyHistory key, WriteOp last, Dot floor) =>
        key.Writes.Exists(other => other != last && other.MayHaveHappened && other.Dots.Count > 0 && other.Highest.CompareTo(floor) < 0 && (other.Told != Told.Done || other.End > last.Begin) && IsClockToBlame(other, floor));

    private Operation? WhyGone(KeyHistory key, WriteOp value, Dot dot, int r, long begin)
    {
        Dot[] dots = [dot];
        foreach (var other in key.Settled)
        {
            if (other != value && other.Seen is { } seen && seen.Vector.Covers(dot) && Proof(other, r, begin, dots) is not null)
            {
                return other;
            }
        }

        // What has expired does not show, and lives on.
        foreach (var absence in value.ExpiresAt is null ? key.Absences : [])
        {
            if (absence.Fact.Known < begin && absence.Context.Covers(dot) && !absence.Shown.Contains(value.Name) && absence.Fact.Copies - ledger.Lost(dots, absence.Fact, key.Key) + r > key.Quorums.Copies)
            {
                return absence.Fact.By;
            }
        }

        return null;
    }
}
