namespace Toystore.Core.Quorum;

/// <summary>Where a quorum write stands.</summary>
public enum WriteState : byte
{
    /// <summary>More owners have to answer.</summary>
    Pending,

    /// <summary>W owners, or stand-ins of owners that cannot be reached, hold the write durably.</summary>
    Done,

    /// <summary>W cannot be reached, and everybody refused before anything was stored: it did not happen and will not.</summary>
    NotDone,

    /// <summary>W cannot be reached, but the write is, or may be, somewhere: it may yet spread.</summary>
    Unknown,
}

/// <summary>
/// The decision of a quorum write (Dynamo §4.5) as a fold over the owners' answers, which may come in any order. Owners are positions 0..N-1 in the slot's owner list, N at most 16; while a slot moves, positions 0..31 in the list of those that
/// it has and those that it is to have.
/// </summary>
/// <remarks>
/// A write may be sent to an owner more than once, so an owner may answer more than once: stored outweighs lost, lost outweighs refused. A second copy that was refused says nothing about the first.
/// <para>
/// Another member may stand in for an owner (Dynamo §4.6). Its copy counts towards W only if the owner cannot be reached; if the owner is merely slow it does not, or a healthy cluster would not read its own writes. An owner and
/// its stand-ins count once together, so W copies are always on W members: nobody stands in for two owners of one write, and the coordinator's own hint is no stand-in's copy. Who sends sees to that.
/// </para>
/// <para>
/// While a slot moves, a write needs W of the owners that it has <em>and</em> W of those that it is to have, each set with its own W (docs/decisions/0011, rule 6). Who is in both counts in both, and a stand-in counts where its owner would.
/// </para>
/// </remarks>
public struct WriteQuorum
{
    private readonly OwnerSet _first;
    private readonly OwnerSet _second; // while a slot moves
    private readonly int _neededOfFirst;
    private readonly int _neededOfSecond;
    private OwnerSet _stored;
    private OwnerSet _refused;
    private OwnerSet _lost;
    private OwnerSet _unreachable;
    private OwnerSet _standInAsked;
    private OwnerSet _standInStored;
    private OwnerSet _standInLost;

    /// <summary>A write that needs <paramref name="needed"/> (W) of <paramref name="owners"/> (N) owners.</summary>
    public WriteQuorum(int owners, int needed)
    {
        Invariant.Require(owners is >= 1 and <= OwnerSet.OwnersMax && needed >= 1 && needed <= owners, "1 <= W <= N <= 16");
        (_first, _neededOfFirst) = (OwnerSet.First(owners), needed);
    }

    /// <summary>A write to a slot that moves: it needs so many of the owners that the slot has, and so many of those that it is to have. Together they are positions 0 and on, without a gap.</summary>
    public WriteQuorum(OwnerSet owners, int needed, OwnerSet gaining, int neededOfGaining)
        : this(owners.Count, needed)
    {
        Invariant.Require(gaining.Count is >= 1 and <= OwnerSet.OwnersMax && neededOfGaining >= 1 && neededOfGaining <= gaining.Count, "1 <= W <= N <= 16, of those that it is to have");
        Invariant.Require(((owners | gaining) - OwnerSet.First((owners | gaining).Count)).Count == 0, "the owners of both sets are positions 0 and on");
        (_first, _second, _neededOfSecond) = (owners, gaining, neededOfGaining);
    }

    /// <summary>How many hold the write: owners, and stand-ins of owners that cannot be reached.</summary>
    public readonly int Stored => Holders.Count;

    /// <summary>How many of them are stand-ins, whose owners are not known to hold it.</summary>
    public readonly int StandIns => (Holders - _stored).Count;

    /// <summary>Where the write stands. <see cref="WriteState.Unknown"/> can still become <see cref="WriteState.Done"/> only by late answers after a loss.</summary>
    public readonly WriteState State
    {
        get
        {
            var holders = Holders;
            if (AreEnough(holders))
            {
                return WriteState.Done;
            }

            var awaited = (((_first | _second) - _refused - _lost - _unreachable) | (_standInAsked & _unreachable)) - holders;
            if (AreEnough(holders | awaited))
            {
                return WriteState.Pending;
            }

            if ((_stored | _lost | _standInStored | _standInLost).Count > 0)
            {
                return WriteState.Unknown;
            }

            // A stand-in that was asked may yet hold it, even where its owner has refused meanwhile and it no longer counts.
            return (awaited | _standInAsked).Count > 0 ? WriteState.Pending : WriteState.NotDone;
        }
    }

    private readonly bool AreEnough(OwnerSet holders) => (holders & _first).Count >= _neededOfFirst && (holders & _second).Count >= _neededOfSecond;

    private readonly OwnerSet Holders => _stored | (_standInStored & _unreachable);

    /// <summary>An owner holds the write, as durably as was asked.</summary>
    public void AddStored(int owner)
    {
        RequireOwner(owner);
        _refused.Remove(owner);
        _lost.Remove(owner);
        _stored.Add(owner);
    }

    /// <summary>An owner refused: it does not hold the write.</summary>
    public void AddRefused(int owner)
    {
        RequireOwner(owner);
        if (IsAwaited(owner))
        {
            _refused.Add(owner);
        }
    }

    /// <summary>An owner is dead, or cannot be reached: what is sent to it now cannot arrive. Of what was sent before that says nothing. From now on a stand-in counts in its place.</summary>
    public void AddUnreachable(int owner)
    {
        RequireOwner(owner);
        _unreachable.Add(owner);
    }

    /// <summary>An owner was sent the write and did not answer in time, or failed in the middle: it may hold it.</summary>
    public void AddLost(int owner)
    {
        RequireOwner(owner);
        if (!_stored.Has(owner))
        {
            _refused.Remove(owner);
            _lost.Add(owner);
        }
    }

    /// <summary>A member was asked to stand in for an owner; perhaps another one, after the first refused.</summary>
    public void AddStandInAsked(int owner)
    {
        RequireOwner(owner);
        _standInAsked.Add(owner);
    }

    /// <summary>The stand-in holds the write, as durably as was asked.</summary>
    public void AddStandInStored(int owner)
    {
        RequireOwner(owner);
        _standInAsked.Remove(owner);
        _standInStored.Add(owner);
    }

    /// <summary>The stand-in that was asked refused, or could not be reached: it does not hold the write.</summary>
    public void AddStandInRefused(int owner)
    {
        RequireOwner(owner);
        _standInAsked.Remove(owner);
    }

    /// <summary>The stand-in that was asked may hold the write.</summary>
    public void AddStandInLost(int owner)
    {
        RequireOwner(owner);
        _standInAsked.Remove(owner);
        _standInLost.Add(owner);
    }

    /// <summary>True if nothing was heard of this owner yet.</summary>
    public readonly bool IsAwaited(int owner) => !_stored.Has(owner) && !_refused.Has(owner) && !_lost.Has(owner) && !_unreachable.Has(owner);

    /// <summary>True if this owner holds the write.</summary>
    public readonly bool IsStored(int owner) => _stored.Has(owner);

    private readonly void RequireOwner(int owner) => Invariant.Require(owner >= 0 && owner < (_first | _second).Count, "answers come from owners");
}
