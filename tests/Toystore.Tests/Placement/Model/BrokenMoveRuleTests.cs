namespace Toystore.Tests.Placement.Model;

/// <summary>Each rule left out, each mistake planted, is caught: by random runs within a stated number of seeds, or by a scene. The table is in docs/decisions/0011.</summary>
public sealed class BrokenMoveRuleTests
{
    public static TheoryData<int, int> Scenes => new()
    {
        { (int)Scene.CopyOfOneOwner, Index(Broken.CopyFromOne) },
        { (int)Scene.CopyOfOneOwner, Index(Broken.GainerKnowsAtOnce) },
        { (int)Scene.CoordinatorThatMissedTheMove, Index(Broken.NoFence) },
        { (int)Scene.CoordinatorThatMissedTheMove, Index(Broken.WriteOldOnly) },
        { (int)Scene.CopyOfAnOwnerThatMissedTheMove, Index(Broken.UnawareSources) },
        { (int)Scene.ReaderOfTheOldOwners, Index(Broken.SkipReadNew) },
        { (int)Scene.ReaderOfTheOldOwners, Index(Broken.NobodyAwareOfStageTwo) },
        { (int)Scene.PowerFailsAfterADocument, Index(Broken.DocumentNotDurable) },
        { (int)Scene.SloppyWriteAtTheLoser, Index(Broken.DropAtOnce) },
        { (int)Scene.RemovedMemberComesBack, Index(Broken.RemovedCopiesTaken) },
        { (int)Scene.RemovedMemberComesBack, Index(Broken.OfferUnderFloorOnly) },
        { (int)Scene.LoserThatWasCutOff, Index(Broken.FormerCopiesIgnored) },
        { (int)Scene.FloorBesideAGainer, Index(Broken.FloorWithoutGainers) },
        { (int)Scene.FloorOfThoseWhoMissedTheMove, Index(Broken.ReportsWithoutEpoch) },
        { (int)Scene.TicketFromBeforeTheMove, Index(Broken.TicketsOutliveChange) },
        { (int)Scene.CalledOffInStageTwo, Index(Broken.CancelInStageTwo) },
        { (int)Scene.RemovedWhileItRuns, Index(Broken.RemovedWhileRunning) },
        { (int)Scene.FewerOwners, Index(Broken.StayersNeedNotMerge) },
        { (int)Scene.FewerAndMoreOwners, Index(Broken.StayersMergeForReads) },
        { (int)Scene.OwnerForTheSecondTime, Index(Broken.KnownForEver) },
        { (int)Scene.JoinerWithASlowClock, Index(Broken.JoinerWithoutMark) },
        { (int)Scene.WipedOwnerAsksAStranger, Index(Broken.DocumentFromAnybody) },
    };

    [Theory]
    [MemberData(nameof(Scenes))]
    public void A_scene_ends_well_with_the_rule_and_badly_without(int scene, int broken)
    {
        Assert.Null(World.Play((Scene)scene, Broken.None));
        Assert.NotNull(World.Play((Scene)scene, Rule(broken)));
    }

    public static TheoryData<int, int> CaughtWithin => new()
    {
        { Index(Broken.SinceByComparison), 20 },
        { Index(Broken.FloorKeptAfterDrop), 400 },
        { Index(Broken.FloorBeforeObjects), 200 },
        { Index(Broken.BaseOfRoleOnly), 300 },
        { Index(Broken.ActorKeptAfterDrop), 600 },
        { Index(Broken.GainerKnowsAtOnce), 200 },
    };

    [Theory]
    [MemberData(nameof(CaughtWithin))]
    public void Random_runs_catch_a_broken_rule(int broken, int seeds)
    {
        for (ulong seed = 0; seed < (ulong)seeds; seed++)
        {
            if (World.Run(seed, Rule(broken)).Violation is not null)
            {
                return;
            }
        }

        Assert.Fail($"{Rule(broken)} was not caught in {seeds} runs");
    }

    private static int Index(Broken rule) => System.Numerics.BitOperations.TrailingZeroCount((ulong)rule);

    private static Broken Rule(int index) => (Broken)(1UL << index);
}
