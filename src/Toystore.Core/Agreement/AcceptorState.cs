namespace Toystore.Core.Agreement;

/// <summary>What an acceptor has accepted, and at which ballot.</summary>
public sealed record Vote(Ballot Ballot, Decree Decree);

/// <summary>
/// All that an acceptor must not forget: it is on its disk before anybody hears what follows from it. Immutable; <see cref="AcceptorStateCodec"/> writes it down. The promise and the vote are for the instance after
/// <see cref="Newest"/>; without one, for founding.
/// </summary>
public sealed record AcceptorState
{
    private AcceptorState()
    {
    }

    /// <summary>Which disk this is on.</summary>
    public required DiskId Disk { get; init; }

    /// <summary>The newest decree that is known to be chosen; null before the first. Nodes that are no acceptors know it, too.</summary>
    public Decree? Newest { get; init; }

    /// <summary>Nothing below this ballot is promised or accepted any more.</summary>
    public Ballot Promised { get; init; }

    /// <summary>What was accepted at the highest ballot; null if nothing was.</summary>
    public Vote? Vote { get; init; }

    /// <summary>The state of a disk that is new. It must be written down before anybody hears of <paramref name="disk"/>, which is drawn by chance.</summary>
    public static AcceptorState OfNewDisk(DiskId disk)
    {
        Invariant.Require(disk != default, "a disk's id is not 0");
        return new AcceptorState { Disk = disk };
    }

    /// <summary>
    /// The state of a disk that may be an older copy of itself: another acceptor, which has promised nothing, under an id of its own. What it knew to be chosen stays so. To be written down like a new one's.
    /// </summary>
    public AcceptorState InDoubt(DiskId disk)
    {
        Invariant.Require(disk != Disk, "a disk in doubt gets an id of its own");
        return OfNewDisk(disk) with { Newest = Newest };
    }

    /// <summary>The state once <paramref name="decree"/> is known to be chosen. What was promised and accepted was for an instance that is over.</summary>
    internal AcceptorState Knowing(Decree decree) => new() { Disk = Disk, Newest = decree };

    internal static AcceptorState FromParts(DiskId disk, Decree? newest, Ballot promised, Vote? vote) => new() { Disk = disk, Newest = newest, Promised = promised, Vote = vote };
}
