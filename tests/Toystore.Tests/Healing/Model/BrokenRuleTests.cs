namespace Toystore.Tests.Healing.Model;

/// <summary>Each rule left out, each mistake planted, is caught: by random runs within a stated number of seeds, or by a scene. The table is in docs/decisions/0009.</summary>
public sealed class BrokenRuleTests
{
    public static TheoryData<int, int> Scenes => new()
    {
        { (int)Scene.WriteDuringAnExchange, Index(Broken.ReportAfterExchangeBegan) },
        { (int)Scene.LateNewWriteOfADeadCoordinator, Index(Broken.MarkDoesNotRefuse) },
        { (int)Scene.LateCopyOfADroppedHint, Index(Broken.NoStamps) },
        { (int)Scene.RefillBesideATombstone, Index(Broken.TombstoneHashedAsAbsent) },
        { (int)Scene.PowerFailsAfterAnExchange, Index(Broken.UnsyncedPair) },
        { (int)Scene.EverybodyRestartsWithClocksBehind, Index(Broken.MarkNotPersisted) },
        { (int)Scene.DeleteBelowWhatItDeletes, Index(Broken.PurgeBelowHigherContext) },
        { (int)Scene.DeleteBelowWhatItDeletes, Index(Broken.SweepAboveFloor) },
        { (int)Scene.RolledBackDiskAfterAPurge, Index(Broken.PurgeWithoutFloor) },
        { (int)Scene.CoordinatorWipedBetweenExchanges, Index(Broken.RowsOfAnyProcesses) },
        { (int)Scene.CoordinatorWipedWithinARound, Index(Broken.OneRoundOfReports) },
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
        { Index(Broken.FloorFromPairsOnly), 50 },
        { Index(Broken.PairSurvivesRestart), 300 },
        { Index(Broken.FloorBeforeObjects), 100 },
        { Index(Broken.ActorReused), 700 },
        { Index(Broken.StandInAbsenceIsAnAnswer), 20 },
        { Index(Broken.OwnHintCounts), 100 },
        { Index(Broken.WipedKnows), 100 },
        { Index(Broken.CorruptIsAbsent), 150 },
        { Index(Broken.HeldCopiesIgnored), 100 },
        { Index(Broken.StandInKeepsActor), 100 },
        { Index(Broken.MarkNotAdopted), 100 },
        { Index(Broken.HandedOnBetweenStandIns), 200 },
        { Index(Broken.PurgeWithoutFloor), 50 },
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
