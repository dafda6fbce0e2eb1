namespace Toystore.Tests.Placement.Model;

/// <summary>A rule of docs/decisions/0011 that is left out, or a mistake that is planted.</summary>
[Flags]
internal enum Broken : ulong
{
    None = 0,

    /// <summary>A gaining owner answers as if it knew, from the first document that names it.</summary>
    GainerKnowsAtOnce = 1UL << 0,

    /// <summary>A gaining owner knows when it has merged from one old owner.</summary>
    CopyFromOne = 1UL << 1,

    /// <summary>A gaining owner merges from owners that have not heard of the move.</summary>
    UnawareSources = 1UL << 2,

    /// <summary>Writes of stage 1 need the old owners only.</summary>
    WriteOldOnly = 1UL << 3,

    /// <summary>From stage 1 straight to the new owners.</summary>
    SkipReadNew = 1UL << 4,

    /// <summary>Replicas answer whatever the slot's epoch.</summary>
    NoFence = 1UL << 5,

    /// <summary>A document is not on the disk before it is answered under.</summary>
    DocumentNotDurable = 1UL << 6,

    /// <summary>The old owners go before N-R+1 of them have heard of stage 2.</summary>
    NobodyAwareOfStageTwo = 1UL << 7,

    /// <summary>A replica works out by comparison since when a slot is as it is.</summary>
    SinceByComparison = 1UL << 8,

    /// <summary>An owner that knew a slot once knows it again when it owns it again.</summary>
    KnownForEver = 1UL << 9,

    /// <summary>Floors are made by the old owners only while a slot moves.</summary>
    FloorWithoutGainers = 1UL << 10,

    /// <summary>What a former owner still has does not hold tickets back.</summary>
    FormerCopiesIgnored = 1UL << 11,

    /// <summary>The floor of a slot stays when its data are dropped.</summary>
    FloorKeptAfterDrop = 1UL << 12,

    /// <summary>Tickets, pairs and rows outlive a change of the slot.</summary>
    TicketsOutliveChange = 1UL << 13,

    /// <summary>A round of reports does not ask by which document it is answered.</summary>
    ReportsWithoutEpoch = 1UL << 14,

    /// <summary>A joiner takes the mark of a member that does not know it yet.</summary>
    MarkFromUnknowing = 1UL << 15,

    /// <summary>A joiner takes writes before it has heard a mark.</summary>
    JoinerWithoutMark = 1UL << 16,

    /// <summary>Copies of members that were removed are taken like those of members.</summary>
    RemovedCopiesTaken = 1UL << 17,

    /// <summary>What a removed member offers is merged under the floor, whatever the mark.</summary>
    OfferUnderFloorOnly = 1UL << 18,

    /// <summary>A former owner drops its copy as soon as it hears that it owns the slot no more.</summary>
    DropAtOnce = 1UL << 19,

    /// <summary>A hint is dropped when what was its target owns the slot no more.</summary>
    HintsOfFormerOwnersDropped = 1UL << 20,

    /// <summary>Confirmations of former owners count for a hint.</summary>
    FormerOwnersConfirm = 1UL << 21,

    /// <summary>Who has dropped a slot goes on minting under the same actor.</summary>
    ActorKeptAfterDrop = 1UL << 22,

    /// <summary>A write is minted over what its coordinator has in its present role only.</summary>
    BaseOfRoleOnly = 1UL << 23,

    /// <summary>A disk in doubt takes its document from anybody.</summary>
    DocumentFromAnybody = 1UL << 24,

    /// <summary>A replica that is behind answers without catching up.</summary>
    BehindAnswers = 1UL << 25,

    /// <summary>A wiped owner takes the word of all old owners alone, unknowing ones, while the slot moves.</summary>
    RefillFromOldAlone = 1UL << 26,

    /// <summary>Owners that stay need not merge.</summary>
    StayersNeedNotMerge = 1UL << 27,

    /// <summary>A move is called off in stage 2.</summary>
    CancelInStageTwo = 1UL << 28,

    /// <summary>With R = 1 a member is removed that may still run.</summary>
    RemovedWhileRunning = 1UL << 29,

    /// <summary>A coordinator counts acknowledgements of owners whose ownership has begun anew.</summary>
    StaleHoldersCount = 1UL << 30,

    /// <summary>A slot's gaining owners are never copied to a second time after they lost their disk.</summary>
    WipedGainerKnows = 1UL << 31,

    /// <summary>What a gaining owner adopts as floor comes before the objects.</summary>
    FloorBeforeObjects = 1UL << 32,

    /// <summary>Owners that stay merge only if R of the new owners would not see what W of the old took.</summary>
    StayersMergeForReads = 1UL << 33,
}
