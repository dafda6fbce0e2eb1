namespace Toystore.Tests.Core.Agreement;

/// <summary>A rule of docs/decisions/0010 that is left out. The code under test is always the real one: what goes in and out of it is tampered with.</summary>
internal enum Wrong
{
    Nothing,

    /// <summary>What was promised is answered before it is on the disk.</summary>
    PromiseNotOnDisk,

    /// <summary>What was accepted is answered before it is on the disk.</summary>
    VoteNotOnDisk,

    /// <summary>A proposer goes on with its own decree whatever was accepted.</summary>
    OwnDecreeAnyway,

    /// <summary>A disk that was emptied has the id that it had.</summary>
    EmptiedDiskAsTheOldOne,

    /// <summary>A disk that is an older copy of itself has the id that it had.</summary>
    RolledBackDiskAsTheOldOne,

    /// <summary>Those whom a proposal names decide on it, not those whom the newest decree names.</summary>
    NewAcceptorsDecide,

    /// <summary>One acceptor fewer than a majority is enough.</summary>
    MajorityTooSmall,

    /// <summary>A decree is told as chosen when it is proposed.</summary>
    ToldBeforeChosen,

    /// <summary>A change is done when it is chosen, whether or not those who decide next know it.</summary>
    DoneWhenChosen,
}
