using Toystore.Simulation.Histories;

namespace Toystore.Tests.Simulation.Oracles;

public class GoodHistoryTests
{
    [Fact]
    public void Writers_that_had_read_replace_and_those_that_had_not_stand_side_by_side()
    {
        var script = new Script();
        script.Write(script.Put(), 0, 1);
        script.Write(script.Put(client: 2), 2, 1);
        var seen = script.Read(1, 0, 1);
        script.Copy(1, 0);
        Assert.Equal(["v1", "v2"], seen!.Shown.Order());
        script.Write(script.Put(seen), 0, 2);
        Assert.Equal(["v3"], script.Read(2, 1, 2)!.Shown);
        script.AssertFine();
    }

    [Fact]
    public void A_write_under_way_may_show_or_not()
    {
        var script = new Script();
        var seen = script.Write(script.Put(), 0, 1);
        var later = script.Put(seen);
        var early = script.Begin(2, 2);
        script.Mint(later, 0);
        script.History.End(early, script.Outcome(Script.K, 1, 2));
        script.Read(3, 0, 1);
        script.AssertFine();
    }

    [Fact]
    public void A_write_that_is_sent_again_after_it_was_replaced_may_come_back()
    {
        var script = new Script();
        var write = script.Put();
        script.Mint(write, 0);
        script.Unknown(write);
        script.Copy(0, 1);
        script.Write(script.Put(script.Read(2, 0, 1), client: 2), 1, 0);
        script.History.Again(write, 2);
        script.Mint(write, 2);
        script.Copy(2, 1);
        script.Done(write);
        Assert.Equal(2, script.Read(3, 1, 2)!.Shown.Count);
        script.AssertFine();
    }

    [Fact]
    public void What_one_owner_lost_with_an_older_disk_need_not_be_seen_by_those_that_ask_two()
    {
        var script = new Script();
        script.Write(script.Put(), 0, 1);
        script.RollBack(0);
        Assert.Null(script.Read(2, 0, 2));
        Assert.Single(script.Read(2, 0, 1, 2)!.Shown);
        script.AssertFine();
    }

    [Fact]
    public void An_owner_with_a_garbled_record_does_not_count_and_nothing_is_missing()
    {
        var script = new Script();
        script.Write(script.Put(), 0, 1);
        script.Garble(0);
        Assert.Single(script.Read(2, 1, 2)!.Shown);
        Assert.True(script.History.Ledger.IsUnknowing(0, Script.K));
        script.Copy(1, 0);
        Assert.False(script.History.Ledger.IsUnknowing(0, Script.K));
        script.Read(2, 0, 2);
        script.AssertFine();
    }

    [Fact]
    public void A_delete_that_nobody_knows_the_end_of_may_have_deleted_what_came_later()
    {
        var script = new Script();
        var delete = script.Delete();
        script.Unknown(delete);
        script.Write(script.Put(client: 2), 0, 1);
        script.Mint(delete, 0);
        script.Copy(0, 2);
        script.Read(3, 0, 2);
        script.AssertFine();
    }

    [Fact]
    public void A_single_writer_of_a_last_write_key_is_always_ahead_of_itself()
    {
        var script = new Script();
        for (var i = 0; i < 4; i++)
        {
            script.Write(script.Put(key: Script.Lww), i % 3, (i + 1) % 3);
            script.Read(2, Script.Lww, (i + 1) % 3, (i + 2) % 3);
        }

        script.Write(script.Delete(key: Script.Lww), 0, 1);
        script.Read(2, Script.Lww, 1, 2);
        script.AssertFine();
    }

    [Fact]
    public void A_last_write_may_be_replaced_from_behind_where_a_clock_is_far_too_slow()
    {
        var script = new Script();
        script.Clock = DateTimeOffset.FromUnixTimeMilliseconds(1000);
        script.Write(script.Put(key: Script.Lww, client: 2), 0, 1);
        var ahead = script.Put(key: Script.Lww);
        script.Mint(ahead, 0, reading: 50_000);
        script.Copy(0, 1, Script.Lww);
        script.Done(ahead);
        var later = script.Put(key: Script.Lww, client: 2);
        script.Mint(later, 1, reading: 2000);
        script.Copy(1, 2, Script.Lww);
        script.Done(later);
        Assert.Equal(["v3"], script.Read(3, Script.Lww, 0, 2)!.Shown);
        script.AssertFine();
    }

    [Fact]
    public void A_value_with_an_end_may_be_gone_for_a_node_whose_clock_is_ahead()
    {
        var script = new Script();
        script.Write(script.Put(expiresAt: script.Clock.AddSeconds(2)), 0, 1);
        script.Clock = script.Clock.AddSeconds(3);
        script.Read(2, 0, 1);
        script.Clock = script.Clock.AddSeconds(-3);
        script.Oracles.ClockWasSet();
        Assert.Single(script.Read(2, 0, 1)!.Shown);
        script.AssertFine();
    }

    [Fact]
    public void A_run_ends_well_when_all_owners_agree()
    {
        var script = new Script();
        script.Write(script.Put(), 0, 1);
        script.Loop.Run(script.Oracles.EndAsync);
        script.AssertFine();
        Assert.True(script.History.Reads.Answered >= 3);
        Assert.Equal(Told.Done, Assert.Single(script.History.Keys).Writes[0].Told);
    }
}
