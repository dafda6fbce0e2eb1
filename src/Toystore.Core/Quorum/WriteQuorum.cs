namespace Toystore.Core.Quorum;

/// <summary>Where a quorum write stands.</summary>
public enum WriteState : byte
{
    /// <summary>More owners have to answer.</summary>
    Pending,

    /// <summary>W owners hold the write durably.</summary>
    Done,

    /// <summary>W cannot be reached, and every owner refused before it stored anything: it did not happen and will not.</summary>
    NotDone,

    /// <summary>W cannot be reached, but the write is, or may be, somewhere: it may yet spread.</summary>
    Unknown,
}

/// <summary>
/// The decision of a quorum write (Dynamo §4.5) as a fold over the owners' answers, which may come in any order. Owners are positions 0..N-1 in the slot's owner list, N at most 16.
/// </summary>
/// <remarks>
/// A write may be sent to an owner more than once, so an owner may answer more than once: stored outweighs lost, lost outweighs refused. A second copy that was refused says nothing about the first.
/// </remarks>
public struct WriteQuorum
{
    private readonly int _owners;
    private readonly int _needed;
    private OwnerSet _stored;
    private OwnerSet _refused;
    private OwnerSet _lost;

    /// <summary>A write that needs <paramref name="needed"/> (W) of <paramref name="owners"/> (N) owners.</summary>
    public WriteQuorum(int owners, int needed)
    {
        Invariant.Require(owners is >= 1 and <= OwnerSet.OwnersMax && needed >= 1 && needed <= owners, "1 <= W <= N <= 16");
        _owners = owners;
        _needed = needed;
    }

    /// <summary>How many owners hold the write.</summary>
    public readonly int Stored => _stored.Count;

    /// <summary>Where the write stands. <see cref="WriteState.Unknown"/> can still become <see cref="WriteState.Done"/> only by late answers after <see cref="AddLost"/>.</summary>
    public readonly WriteState State
    {
        get
        {
            if (_stored.Count >= _needed)
            {
                return WriteState.Done;
            }

            var awaited = _owners - _stored.Count - _refused.Count - _lost.Count;
            if (_stored.Count + awaited >= _needed)
            {
                return WriteState.Pending;
            }

            if (_stored.Count > 0 || _lost.Count > 0)
            {
                return WriteState.Unknown;
            }

            return awaited > 0 ? WriteState.Pending : WriteState.NotDone;
        }
    }

    /// <summary>An owner holds the write, as durably as was asked.</summary>
    public void AddStored(int owner)
    {
        RequireOwner(owner);
        _refused.Remove(owner);
        _lost.Remove(owner);
        _stored.Add(owner);
    }

    /// <summary>An owner refused, or could not be reached before anything was sent: it does not hold the write.</summary>
    public void AddRefused(int owner)
    {
        RequireOwner(owner);
        if (IsAwaited(owner))
        {
            _refused.Add(owner);
        }
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

    /// <summary>True if nothing was heard of this owner yet.</summary>
    public readonly bool IsAwaited(int owner) => !_stored.Has(owner) && !_refused.Has(owner) && !_lost.Has(owner);

    /// <summary>True if this owner holds the write.</summary>
    public readonly bool IsStored(int owner) => _stored.Has(owner);

    private readonly void RequireOwner(int owner) => Invariant.Require(owner >= 0 && owner < _owners, "answers come from owners");
}
