using Toystore.Core.Versions;

namespace Toystore.Core.Quorum;

/// <summary>Where a quorum read stands.</summary>
public enum ReadState : byte
{
    /// <summary>More owners have to answer.</summary>
    Pending,

    /// <summary>R owners agree, and <see cref="ReadQuorum.Merged"/> is what they hold: it can be given to the client.</summary>
    Agreed,

    /// <summary>R owners answered, but agreement cannot be told, or what they hold is not here: fetch the containers of the owners for whom <see cref="ReadQuorum.NeedsContainer"/> holds.</summary>
    NeedsContainers,

    /// <summary>
    /// R owners gave their containers, and some lack what others hold. <see cref="ReadQuorum.Merged"/> is the answer once W owners hold it: write it back to those for whom <see cref="ReadQuorum.IsStale"/> holds.
    /// </summary>
    NeedsRepair,

    /// <summary>Fewer than R owners can still answer.</summary>
    Hopeless,
}

/// <summary>
/// The decision of a quorum read (Dynamo §4.5; read repair §5) as a fold over the owners' answers, which may come in any order: no clock, no network, no allocation beyond what merging needs.
/// Owners are positions 0..N-1 in the slot's owner list, N at most 16.
/// </summary>
/// <remarks>
/// One owner is asked for its container, R-1 more for a digest of their live dots. While all agree, that decides. Otherwise the containers behind the digests are fetched and merged, and what they merge to is
/// written back to whoever lacks it. An owner that <em>does not know</em> (its disk lost or garbled the record) does not count towards R: its silence about a write proves nothing. What it still
/// has is merged all the same, since knowing more does no harm. An owner that gave its container has answered, whatever is heard of it later by a second request.
/// <para>
/// Members that stand in for owners (Dynamo §4.6) have the positions after the owners'. They hold what owners missed, and nothing else: what a stand-in has counts as an answer and is merged, but that it has nothing is none. So
/// "there is nothing" takes R owners. A stand-in is never stale: what it holds is on its way to the owners as it is.
/// </para>
/// </remarks>
public struct ReadQuorum
{
    private readonly int _owners;
    private readonly int _standIns;
    private readonly int _needed;
    private OwnerSet _gaveContainer;
    private OwnerSet _gaveDigest;
    private OwnerSet _unknowing;
    private OwnerSet _failed;
    private OwnerDigests _digests;
    private OwnerContexts _contexts;

    /// <summary>A read that needs <paramref name="needed"/> (R) answers of <paramref name="owners"/> (N) owners, or of <paramref name="standIns"/> members in their place.</summary>
    public ReadQuorum(int owners, int needed, int standIns = 0)
    {
        Invariant.Require(owners is >= 1 and <= OwnerSet.OwnersMax && needed >= 1 && needed <= owners, "1 <= R <= N <= 16");
        Invariant.Require(standIns >= 0 && owners + standIns <= OwnerSet.OwnersMax, "owners and stand-ins are 16 at most");
        _owners = owners;
        _standIns = standIns;
        _needed = needed;
        Merged = Container.Empty;
    }

    /// <summary>All containers received so far, merged.</summary>
    public Container Merged { get; private set; }

    /// <summary>How many answers count towards R.</summary>
    public readonly int Answers => _gaveContainer.Count + _gaveDigest.Count;

    /// <summary>Where the read stands.</summary>
    public readonly ReadState State
    {
        get
        {
            if (Answers < _needed)
            {
                return _owners + _standIns - _failed.Count - _unknowing.Count < _needed ? ReadState.Hopeless : ReadState.Pending;
            }

            if (_gaveContainer.Count > 0 && AllHoldMerged())
            {
                return ReadState.Agreed;
            }

            return _gaveDigest.Count > 0 ? ReadState.NeedsContainers : ReadState.NeedsRepair;
        }
    }

    /// <summary>An owner gave its container, perhaps after a digest, which this replaces.</summary>
    public void AddContainer(int owner, Container container)
    {
        RequireOwner(owner);
        Begin(owner);
        _gaveContainer.Add(owner);
        _digests[owner] = container.Digest;
        _contexts[owner] = container.Context;
        Merged = Merged.Merge(container);
    }

    /// <summary>An owner gave the digest of its live dots (<see cref="Container.Digest"/>). Changes nothing after its container.</summary>
    public void AddDigest(int owner, ulong digest)
    {
        RequireOwner(owner);
        if (_gaveContainer.Has(owner))
        {
            return;
        }

        Begin(owner);
        _gaveDigest.Add(owner);
        _digests[owner] = digest;
    }

    /// <summary>An owner said that it does not know; <paramref name="remains"/> is what it still has.</summary>
    public void AddUnknowing(int owner, Container remains)
    {
        RequireOwner(owner);
        Begin(owner);
        _unknowing.Add(owner);
        Merged = Merged.Merge(remains);
    }

    /// <summary>A stand-in gave what it holds in the place of owners, at position N or after. Nothing is no answer, and as good as none.</summary>
    public void AddStandIn(int standIn, Container container)
    {
        Invariant.Require(standIn >= _owners && standIn < _owners + _standIns, "stand-ins come after the owners");
        if (container.IsEmpty)
        {
            AddFailure(standIn);
            return;
        }

        Begin(standIn);
        _gaveContainer.Add(standIn);
        Merged = Merged.Merge(container);
    }

    /// <summary>How many of the answers come from stand-ins.</summary>
    public readonly int StandIns => (_gaveContainer - OwnerSet.First(_owners)).Count;

    /// <summary>
    /// An owner could not be asked, or did not answer in time. A digest that it gave before counts no more: what it stands for cannot be had. Changes nothing after its container, or after it said that it does
    /// not know.
    /// </summary>
    public void AddFailure(int owner)
    {
        if (_gaveContainer.Has(owner) || _unknowing.Has(owner))
        {
            return;
        }

        Begin(owner);
        _failed.Add(owner);
    }

    /// <summary>True if nothing was heard of this owner yet.</summary>
    public readonly bool IsAwaited(int owner) => !_gaveContainer.Has(owner) && !_gaveDigest.Has(owner) && !_unknowing.Has(owner) && !_failed.Has(owner);

    /// <summary>True if this owner gave only a digest.</summary>
    public readonly bool NeedsContainer(int owner) => _gaveDigest.Has(owner);

    /// <summary>
    /// True if this owner is known to hold all of <see cref="Merged"/>'s values and no others; and, if it gave its container, to have seen all that it has seen, deletes included. (A digest cannot tell the latter.)
    /// </summary>
    public readonly bool HoldsMerged(int owner) => HoldsMerged(owner, Merged.Digest);

    /// <summary>True if this owner answered and lacks something of <see cref="Merged"/>, or does not know.</summary>
    public readonly bool IsStale(int owner) => _unknowing.Has(owner) || (_gaveContainer.Has(owner) && !HoldsMerged(owner));

    /// <summary>
    /// True if this owner said that it does not know. Writing <see cref="Merged"/> to it is always right, but only while <see cref="CanRestore"/> holds may the write-back tell it that it knows all again.
    /// </summary>
    public readonly bool IsUnknowing(int owner) => _unknowing.Has(owner);

    /// <summary>
    /// True if R owners that know gave their containers, so that <see cref="Merged"/> has seen every completed write and delete (if R + W > N). Digests are not enough: two owners may hold the
    /// same siblings and have seen different ones replaced, and an owner restored from one of them could be talked into a value that it had acknowledged as replaced.
    /// </summary>
    public readonly bool CanRestore => (_gaveContainer & OwnerSet.First(_owners)).Count >= _needed;

    private readonly bool HoldsMerged(int owner, ulong merged) =>
        _gaveContainer.Has(owner) ? _digests[owner] == merged && _contexts[owner].CoversEntriesOf(Merged.Context) : _gaveDigest.Has(owner) && _digests[owner] == merged;

    private readonly bool AllHoldMerged()
    {
        var merged = Merged.Digest;
        for (var owner = 0; owner < _owners; owner++)
        {
            if ((_gaveContainer.Has(owner) || _gaveDigest.Has(owner)) && !HoldsMerged(owner, merged))
            {
                return false;
            }
        }

        return true;
    }

    private readonly void RequireOwner(int owner) => Invariant.Require(owner >= 0 && owner < _owners, "answers come from owners");

    private void Begin(int member)
    {
        Invariant.Require(member >= 0 && member < _owners + _standIns, "answers come from those who were asked");
        _gaveContainer.Remove(member);
        _gaveDigest.Remove(member);
        _unknowing.Remove(member);
        _failed.Remove(member);
    }
}
