using Toystore.Simulation.Faults;
using Toystore.Simulation.Programs;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation;

/// <summary>Seeds that once failed, each under the name of what must hold (docs/simulation.md says how one gets here), and what holds for any seed.</summary>
public sealed class SeedTests
{
    [Fact]
    public void A_few_seeds_pass() => Assert.All((ulong[])[1, 2, 3], seed => Assert.Null(Replay.Failure(seed)));

    [Fact]
    public void A_seed_passes_without_faults() => Assert.Null(Replay.Failure(1, []));

    // Each fails with the mistake put back that the simulator once found (docs/simulation.md, the planted bugs).
    [Fact]
    public void What_the_disk_does_not_give_this_time_is_not_written_over() => Assert.Null(Replay.Failure(12));

    [Fact]
    public void A_last_write_that_is_sent_again_does_not_lose_to_one_acknowledged_before() => Assert.Null(Replay.Failure(244));

    [Fact]
    public void A_process_does_not_go_on_under_the_name_of_the_one_before() => Assert.Null(Replay.Failure(19));

    // A record and a slot that were damaged at the same time.
    [Theory]
    [InlineData(348)]
    [InlineData(741)]
    public void Owners_that_have_lost_something_do_not_wait_for_each_other_for_ever(ulong seed) => Assert.Null(Replay.Failure(seed));

    [Fact]
    public void A_slot_that_could_not_be_scanned_is_scanned_once_its_record_is_given_back() => Assert.Null(Replay.Failure(683));

    // The coordinator owned nothing of the key; its own copy was on its way to a slow disk when the owner in whose place it stood refused.
    [Fact]
    public void A_write_is_not_told_as_not_done_while_a_stand_in_may_yet_store_it() => Assert.Null(Replay.Failure(2865));

    // The record rotted a second time, between the exchange that refilled its slot and the mark that it is whole; that mark was set on nothing.
    [Fact]
    public void A_record_that_is_lost_while_its_slot_is_refilled_is_not_whole() => Assert.Null(Replay.Failure(4345, [2, 3]));

    // Owners differed, the disk of one was full, and a stand-in was given what the read showed; the answer did not say so.
    [Fact]
    public void A_read_whose_answer_is_with_a_stand_in_says_so() => Assert.Null(Replay.Failure(8381));

    // And nobody had anything of that key, so that the record stayed as it was: lost once, however often it is met.
    [Fact]
    public void A_lost_record_of_which_nobody_has_anything_is_whole_in_the_end() => Assert.Null(Replay.Failure(11246));

    // The oracle was wrong: a floor that another write of its shard made visible before it was synced went with the power, and nobody had gone by it.
    [Fact]
    public void A_floor_that_is_not_synced_may_go_with_the_power() => Assert.Null(Replay.Failure(1341, [1, 3]));

    // A campaign is worth something only if all of it happens.
    [Fact]
    public void In_forty_seeds_writes_end_in_every_way_and_reads_find_something_or_fail()
    {
        var runs = Enumerable.Range(1, 40).Select(seed => SimulationRun.Run((ulong)seed).Figures).ToList();
        var (done, notDone, unknown) = (runs.Sum(run => run.Done), runs.Sum(run => run.NotDone), runs.Sum(run => run.Unknown));
        var (reads, failedReads, faults) = (runs.Sum(run => run.Reads), runs.Sum(run => run.FailedReads), runs.Sum(run => run.Faults));
        Assert.True(done > 500 && notDone > 20 && unknown > 20 && reads > 500 && failedReads > 20 && faults > 50, $"{done} done, {notDone} not done, {unknown} unknown, {reads} reads, {failedReads} failed, {faults} faults");
    }

    [Fact]
    public void In_the_seeds_that_are_always_run_everything_goes_wrong_that_can() => Assert.Equal(
        Enum.GetValues<FaultKind>(),
        Enumerable.Range(1, 200).SelectMany(seed => FaultSchedule.Draw((ulong)seed, Shape.Draw((ulong)seed))).Select(fault => fault.Kind).Distinct().Order());
}
