namespace Toystore.Tests.Healing.Model;

/// <summary>
/// A rule of docs/decisions/0009 that is left out, or a mistake that is planted.
/// </summary>
[Flags]
internal enum Broken : ulong
{
    None = 0,

    /// <summary>A tombstone is purged once every owner that can be reached holds it.</summary>
    PurgeWithoutFloor = 1UL << 0,

    /// <summary>A ticket is what the two of an exchange have marked; nobody else is asked.</summary>
    FloorFromPairsOnly = 1UL << 1,

    /// <summary>The ticket of an exchange is the one that is there when it ends.</summary>
    ReportAfterExchangeBegan = 1UL << 2,

    /// <summary>A pair is set before what was merged is on the disks.</summary>
    UnsyncedPair = 1UL << 3,

    /// <summary>Settled readings, pairs and rows are kept over a restart, and believed of every process of a member.</summary>
    PairSurvivesRestart = 1UL << 4,

    /// <summary>An owner adopts the floor of another when an exchange begins.</summary>
    FloorBeforeObjects = 1UL << 5,

    /// <summary>New writes are taken whatever the mark.</summary>
    MarkDoesNotRefuse = 1UL << 6,

    /// <summary>A restarted process has no mark.</summary>
    MarkNotPersisted = 1UL << 7,

    /// <summary>Exchanges do not see a key whose versions are all tombstones.</summary>
    TombstoneHashedAsAbsent = 1UL << 8,

    /// <summary>A wiped member goes on under the actor it had.</summary>
    ActorReused = 1UL << 9,

    /// <summary>The absence of a stand-in counts as the answer of an owner.</summary>
    StandInAbsenceIsAnAnswer = 1UL << 10,

    /// <summary>A coordinator's own hint counts towards W, besides its own copy.</summary>
    OwnHintCounts = 1UL << 11,

    /// <summary>An owner whose disk was lost answers as if it knew.</summary>
    WipedKnows = 1UL << 12,

    /// <summary>A merged container has the floor of the one it was merged into.</summary>
    FloorsNotJoined = 1UL << 13,

    /// <summary>A record that cannot be read is an absent one under the slot's floor.</summary>
    CorruptIsAbsent = 1UL << 14,

    /// <summary>An exchange's floor is adopted as it is when the exchange ends, not as it was when it began.</summary>
    AdoptFloorOfTheEnd = 1UL << 15,

    /// <summary>Undelivered copies do not hold a ticket back.</summary>
    HeldCopiesIgnored = 1UL << 16,

    /// <summary>A tombstone is purged though its record has seen dots above the floor.</summary>
    PurgeBelowHigherContext = 1UL << 17,

    /// <summary>Others that do not know themselves count for an owner that has lost its disk.</summary>
    RefillFromAnybody = 1UL << 18,

    /// <summary>An exchange counts for an owner that has lost its disk, though the other's floor moved meanwhile.</summary>
    RefillOverMovingFloor = 1UL << 19,

    /// <summary>A process takes new writes before it has heard the mark of another.</summary>
    NoHello = 1UL << 20,

    /// <summary>What is late is merged whatever stamp it carries.</summary>
    NoStamps = 1UL << 21,

    /// <summary>One round of reports makes a ticket.</summary>
    OneRoundOfReports = 1UL << 22,

    /// <summary>A floor is made of rows of whatever processes.</summary>
    RowsOfAnyProcesses = 1UL << 23,

    /// <summary>That a copy was dropped undelivered is not reported.</summary>
    DropsUnreported = 1UL << 24,

    /// <summary>Each member moves its mark by its own clock alone.</summary>
    MarkByOwnClock = 1UL << 25,

    /// <summary>A rolled-back disk is believed.</summary>
    RollBackUnnoticed = 1UL << 26,

    /// <summary>A rolled-back disk is noticed only by the marks that the others remember.</summary>
    RollBackByMarks = 1UL << 27,

    /// <summary>A record without versions whose floor is above the slot's is forgotten.</summary>
    EmptyRecordForgotten = 1UL << 28,

    /// <summary>A value whose time is over is swept above the floor.</summary>
    SweepAboveFloor = 1UL << 29,

    /// <summary>A stand-in drops a copy that counted as soon as its target has it.</summary>
    CountedCopyDroppedEarly = 1UL << 30,

    /// <summary>A reading beyond the skew bound is not adopted, not even as a mark.</summary>
    MarkNotAdopted = 1UL << 31,

    /// <summary>A stand-in hands an undelivered copy on to another stand-in, who takes it whatever its mark.</summary>
    HandedOnBetweenStandIns = 1UL << 32,

    /// <summary>A stand-in that has dropped a copy goes on minting under the same actor.</summary>
    StandInKeepsActor = 1UL << 33,

    /// <summary>A floor is adopted from an owner that has lost a record of the slot.</summary>
    AdoptFromIncomplete = 1UL << 34,

    /// <summary>The context that a reader gets does not say under which floor it was stripped.</summary>
    TokensWithoutFloor = 1UL << 35,
}
