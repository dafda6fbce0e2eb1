using Toystore.Core.Placement;

namespace Toystore.Core.Agreement;

/// <summary>What an acceptor or a learner is asked (docs/decisions/0010). <see cref="RegisterCodec"/> puts it into bytes.</summary>
public abstract record RegisterRequest
{
    private RegisterRequest()
    {
    }

    /// <summary>Promise to take nothing below this ballot, and say what you have accepted. <paramref name="To"/>: who is asked; without a disk when founding.</summary>
    public sealed record Prepare(Instance Instance, AcceptorName To, Ballot Ballot) : RegisterRequest;

    /// <summary>Accept this. Only <paramref name="To"/> may, with the disk that it promised on.</summary>
    public sealed record Accept(Instance Instance, AcceptorName To, Ballot Ballot, Decree Decree) : RegisterRequest;

    /// <summary>This has been chosen.</summary>
    public sealed record Learn(Decree Decree) : RegisterRequest;

    /// <summary>Which disk have you, and what is the newest decree that you know?</summary>
    public sealed record Ask : RegisterRequest
    {
        /// <summary>There is only one.</summary>
        public static readonly Ask Instance = new();
    }

    /// <summary>An operator says that this holds from now on, whatever lineage you know.</summary>
    public sealed record Force(Decree Decree) : RegisterRequest;
}

/// <summary>What comes back. <see cref="Name"/> says from whom.</summary>
/// <param name="Name">The node that answers, and the disk that it has.</param>
public abstract record RegisterReply(AcceptorName Name)
{
    /// <summary>Promised; and what was accepted before, null for nothing.</summary>
    public sealed record Promised(AcceptorName Name, Instance Instance, Ballot Ballot, Vote? Vote) : RegisterReply(Name);

    /// <summary>Accepted.</summary>
    public sealed record Accepted(AcceptorName Name, Instance Instance, Ballot Ballot) : RegisterReply(Name);

    /// <summary>Neither: it has promised <paramref name="By"/>, a higher ballot than <paramref name="Ballot"/>.</summary>
    public sealed record Beaten(AcceptorName Name, Instance Instance, Ballot Ballot, Ballot By) : RegisterReply(Name);

    /// <summary>It has not got so far: it does not know the decree that this instance comes after.</summary>
    public sealed record Behind(AcceptorName Name, Instance Instance) : RegisterReply(Name);

    /// <summary>That instance is over: this is the newest decree.</summary>
    public sealed record Overtaken(AcceptorName Name, Decree Newest) : RegisterReply(Name);

    /// <summary>It knows the decree that it was told.</summary>
    public sealed record Learned(AcceptorName Name, Epoch Epoch) : RegisterReply(Name);

    /// <summary>The newest decree that it knows; null for none.</summary>
    public sealed record Known(AcceptorName Name, Decree? Newest) : RegisterReply(Name);

    /// <summary>No, and never as it was asked. <paramref name="Instance"/>: the instance that it was about (of a decree told, the one after it). <paramref name="Newest"/>: the epoch that the other node knows; 0 of lineage 0 for none.</summary>
    public sealed record Refused(AcceptorName Name, Instance Instance, Refusal Reason, Epoch Newest) : RegisterReply(Name);
}

/// <summary>Why an acceptor or a learner refuses.</summary>
public enum Refusal : byte
{
    /// <summary>It belongs to another lineage: to another cluster, or to this one before or after an operator's force.</summary>
    OtherLineage = 1,

    /// <summary>It was given another list of seeds, has voted under another, or is no seed.</summary>
    OtherSeeds = 2,

    /// <summary>It is another node, or has another disk, than the one that was asked.</summary>
    OtherDisk = 3,

    /// <summary>The decree does not name it with the disk that it has.</summary>
    NotNamed = 4,

    /// <summary>It knows another decree of that very epoch, or has accepted another at that very ballot, or the decree does not fit the instance: a mistake somewhere, which a human should look at.</summary>
    Conflict = 5,

    /// <summary>It has promised no such ballot. If it was asked what it had promised, its disk is an older copy of itself.</summary>
    Forgotten = 6,

    /// <summary>It knows a decree with a number that is not lower than the forced one's.</summary>
    NotNewer = 7,
}
