using Microsoft.Extensions.Logging;
using Toystore.Core.Versions;
using Toystore.Node;
using Toystore.Simulation.Oracles;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Oracles;

/// <summary>Each oracle finds what it is there for.</summary>
public class OracleTests
{
    private readonly Script _script = new();

    [Fact]
    public void An_acknowledged_write_that_no_owner_holds_any_more_is_lost()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Hold(0, Script.K, Container.Empty);
        _script.Hold(1, Script.K, Container.Empty);
        _script.Read(1, 1, 2);
        _script.AssertFound(FailureKind.LostWrite, nameof(AcknowledgedWritesSurvive));
    }

    [Fact]
    public void An_acknowledged_write_that_a_merge_dropped_is_missing_for_a_read_of_all_owners_after_one_disk_was_lost()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Wipe(0);
        _script.Hold(1, Script.K, Container.Empty);
        _script.Read(2, 0, 1, 2);
        _script.AssertFound(FailureKind.LostWrite, nameof(AcknowledgedWritesSurvive));
    }

    [Fact]
    public void A_wiped_owner_that_answers_as_if_it_knew_is_found_out()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Wipe(0);
        _script.Read(2, 0, 2);
        _script.AssertFound(FailureKind.LostWrite, nameof(AcknowledgedWritesSurvive));
    }

    [Fact]
    public void One_garbled_record_is_no_excuse_for_the_owners_that_know()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Garble(0);
        _script.Hold(1, Script.K, Container.Empty);
        _script.Read(2, 1, 2);
        _script.AssertFound(FailureKind.LostWrite, nameof(AcknowledgedWritesSurvive));
    }

    [Fact]
    public void A_write_that_one_owner_holds_is_not_yet_done_with_two_copies()
    {
        var write = _script.Put();
        _script.Mint(write, 0);
        _script.Done(write, copies: 2);
        _script.AssertFound(FailureKind.LostWrite, nameof(DurableWhenTold));
    }

    [Fact]
    public void A_write_that_is_not_on_the_platter_is_not_yet_done()
    {
        var write = _script.Put();
        _script.Mint(write, 0);
        _script.Copy(0, 1, synced: false);
        _script.Done(write);
        _script.AssertFound(FailureKind.LostWrite, nameof(DurableWhenTold));
    }

    [Fact]
    public void A_write_that_need_not_be_on_the_platter_is_done_without()
    {
        var write = _script.Put(durability: WriteDurability.Os);
        _script.Mint(write, 0, synced: false);
        _script.Copy(0, 1, synced: false);
        _script.Done(write);
        _script.LosePower(0);
        _script.Read(1, 1, 2);
        _script.AssertFine();
    }

    [Fact]
    public void An_owner_that_lost_what_was_not_on_the_platter_and_answers_as_if_it_knew_is_found_out()
    {
        var write = _script.Put(durability: WriteDurability.Os);
        _script.Mint(write, 0, synced: false);
        _script.Copy(0, 1, synced: false);
        _script.Done(write);
        _script.LosePower(0);
        _script.Read(2, 0, 2);
        _script.AssertFound(FailureKind.LostWrite, nameof(AcknowledgedWritesSurvive));
    }

    [Fact]
    public void A_power_cut_is_no_excuse_for_a_write_that_was_to_be_on_the_platter()
    {
        var write = _script.Put();
        _script.Mint(write, 0);
        _script.Copy(0, 1, synced: false);
        _script.LosePower(1);
        _script.Done(write);
        _script.AssertFound(FailureKind.LostWrite, nameof(DurableWhenTold));
    }

    [Fact]
    public void A_disk_that_was_wiped_before_the_client_was_told_counts_as_if_it_had_the_write()
    {
        var write = _script.Put();
        _script.Mint(write, 0);
        _script.Copy(0, 1);
        _script.Wipe(1);
        _script.Done(write);
        _script.AssertFine();
    }

    [Fact]
    public void A_replaced_value_must_not_come_back()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        var old = _script.Held(0, Script.K);
        _script.Write(_script.Put(seen), 0, 1);
        _script.Hold(0, Script.K, old);
        _script.Hold(1, Script.K, old);
        var read = _script.Begin(2, 2);
        _script.History.End(read, _script.Outcome(Script.K, 0, 1));
        _script.AssertFound(FailureKind.LostWrite, nameof(AcknowledgedWritesSurvive));
        Assert.Contains(read.Findings, finding => finding.Kind == Toystore.Simulation.Histories.FindingKind.Returned);
    }

    [Fact]
    public void A_replaced_value_must_not_stand_beside_what_replaced_it()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        _script.Write(_script.Put(seen), 0, 1);
        var both = new ReadOutcome.Found([Bytes("v1"), Bytes("v2")], Script.Token(Script.K, _script.Held(0, Script.K).Context));
        _script.History.End(_script.Begin(2, 2), both);
        _script.AssertFound(FailureKind.Causality, nameof(CausalModel));
    }

    [Fact]
    public void A_value_that_only_a_read_has_proved_must_not_vanish()
    {
        var write = _script.Put();
        _script.Mint(write, 0);
        _script.Unknown(write);
        _script.Copy(0, 1);
        _script.Read(2, 0, 1);
        _script.History.End(_script.Begin(3, 2), new ReadOutcome.NotFound(null));
        _script.AssertFound(FailureKind.Causality, nameof(CausalModel));
    }

    [Fact]
    public void A_write_must_not_be_taken_for_replaced_by_one_who_had_not_seen_it()
    {
        var swallowed = _script.Put();
        _script.Mint(swallowed, 0);
        var second = _script.Put(client: 2);
        _script.Mint(second, 0, over: _script.Held(0, Script.K).Context);
        _script.Copy(0, 1);
        _script.Done(swallowed);
        _script.AssertFound(FailureKind.Causality, nameof(CausalModel));
    }

    [Fact]
    public void A_context_covers_what_came_with_it()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.History.End(_script.Begin(2, 2), new ReadOutcome.Found([Bytes("v1")], Script.Token(Script.K, default)));
        _script.AssertFound(FailureKind.Causality, nameof(CausalModel));
    }

    [Fact]
    public void A_deleted_value_must_not_come_back()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        var old = _script.Held(0, Script.K);
        _script.Copy(0, 2);
        _script.Write(_script.Delete(seen), 0, 1);
        _script.Hold(1, Script.K, old);
        _script.Read(2, 1, 2);
        _script.AssertFound(FailureKind.Resurrection, nameof(DeletedStaysDeleted));
    }

    [Fact]
    public void A_value_deleted_without_a_context_must_not_come_back()
    {
        _script.Write(_script.Put(), 0, 1);
        var old = _script.Held(0, Script.K);
        _script.Write(_script.Delete(client: 2), 0, 1);
        _script.Hold(1, Script.K, old);
        _script.Read(2, 1, 2);
        _script.AssertFound(FailureKind.Resurrection, nameof(DeletedStaysDeleted));
    }

    [Fact]
    public void An_expired_value_must_not_come_back()
    {
        _script.Write(_script.Put(expiresAt: _script.Clock.AddSeconds(1)), 0, 1);
        _script.Clock = _script.Clock.AddSeconds(2);
        _script.History.End(_script.Begin(2, 2), new ReadOutcome.Found([Bytes("v1")], Script.Token(Script.K, _script.Held(0, Script.K).Context)));
        _script.AssertFound(FailureKind.Resurrection, nameof(DeletedStaysDeleted));
    }

    [Fact]
    public void A_client_sees_its_own_acknowledged_write()
    {
        _script.Write(_script.Put(client: 1), 0, 1);
        _script.History.End(_script.Begin(1, 2), new ReadOutcome.NotFound(null));
        _script.AssertFound(FailureKind.Session, nameof(Sessions));
    }

    [Fact]
    public void A_client_does_not_read_backwards()
    {
        var write = _script.Put(client: 2);
        _script.Mint(write, 0);
        _script.Unknown(write);
        _script.Copy(0, 1);
        _script.Read(1, 0, 1);
        _script.History.End(_script.Begin(1, 2), new ReadOutcome.NotFound(null));
        _script.AssertFound(FailureKind.Session, nameof(Sessions));
    }

    [Fact]
    public void A_later_last_write_must_not_lose_to_an_earlier_one()
    {
        _script.Write(_script.Put(key: Script.Lww), 0, 1);
        var later = _script.Put(key: Script.Lww);
        _script.Mint(later, 2, reading: 1);
        _script.Copy(2, 1, Script.Lww);
        _script.Done(later);
        _script.AssertFound(FailureKind.Causality, nameof(LastWriteWins));
    }

    [Fact]
    public void A_read_does_not_show_an_older_write_than_it_must_know_of()
    {
        _script.Write(_script.Put(key: Script.Lww), 0, 1);
        var old = _script.Held(0, Script.Lww);
        _script.Write(_script.Put(key: Script.Lww), 0, 1);
        _script.Hold(1, Script.Lww, old);
        _script.Read(2, Script.Lww, 1, 2);
        _script.AssertFound(FailureKind.Causality, nameof(LastWriteWins));
    }

    [Fact]
    public void What_nobody_wrote_must_not_show()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.History.End(_script.Begin(2, 1), new ReadOutcome.Found([Bytes("v1"), Bytes("v77")], Script.Token(Script.K, _script.Held(0, Script.K).Context)));
        _script.AssertFound(FailureKind.Outcome, nameof(Outcomes));
    }

    [Fact]
    public void What_was_reported_as_not_done_must_not_happen_later()
    {
        var write = _script.Put();
        _script.NotDone(write);
        _script.Mint(write, 0);
        _script.AssertFound(FailureKind.Outcome, nameof(Outcomes));
    }

    [Fact]
    public void What_has_happened_must_not_be_reported_as_not_done()
    {
        var write = _script.Put();
        _script.Mint(write, 0);
        _script.NotDone(write);
        _script.AssertFound(FailureKind.Outcome, nameof(Outcomes));
    }

    [Fact]
    public void Done_means_at_least_w_copies()
    {
        var write = _script.Put(w: 3);
        _script.Mint(write, 0);
        _script.Copy(0, 1);
        _script.Done(write, copies: 2);
        _script.AssertFound(FailureKind.Outcome, nameof(Outcomes));
    }

    [Fact]
    public void Of_two_that_write_if_nothing_changed_since_the_same_read_one_is_refused()
    {
        _script.Write(_script.Put(), 0, 1);
        var seen = _script.Read(2, 0, 1)!;
        _script.Write(_script.Put(seen, precondition: new Precondition.Unchanged(seen.Token)), 0, 1);
        _script.Write(_script.Put(seen, client: 2, precondition: new Precondition.Unchanged(seen.Token)), 0, 1);
        _script.AssertFound(FailureKind.Outcome, nameof(ConditionalWrites));
    }

    [Fact]
    public void Of_two_at_the_same_time_that_one_owner_coordinates_one_is_refused()
    {
        var one = _script.Put(precondition: new Precondition.Absent());
        var other = _script.Put(client: 2, precondition: new Precondition.Absent());
        _script.Mint(one, 0);
        _script.Mint(other, 0);
        _script.Copy(0, 1);
        _script.Done(one);
        _script.AssertFine();
        _script.Done(other);
        _script.AssertFound(FailureKind.Outcome, nameof(ConditionalWrites));
    }

    [Fact]
    public void A_precondition_that_held_is_not_refused()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        var write = _script.Put(seen, precondition: new Precondition.Unchanged(seen.Token));
        _script.History.End(write, new WriteOutcome.PreconditionFailed(seen.Token));
        _script.AssertFound(FailureKind.Outcome, nameof(ConditionalWrites));
    }

    [Fact]
    public void A_dot_names_one_write()
    {
        _script.Mint(_script.Put(), 0, reading: 5);
        _script.Mint(_script.Put(client: 2), 0, reading: 6);
        _script.AssertFine();
        var third = _script.Put(client: 3);
        var dot = new Dot(new ActorId(_script.Ring.Topology.Members[0].Id, 7), new HybridTime(5UL << 16));
        _script.Hold(2, Script.K, Container.Empty.Put(new Sibling(dot, third.Payload!.Value, requestId: third.Options.RequestId), default));
        _script.AssertFound(FailureKind.DuplicateDot, nameof(UniqueDots));
    }

    [Fact]
    public void The_dots_of_an_actor_rise()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Mint(_script.Put(client: 2, key: "other"), 0, reading: 3);
        _script.AssertFound(FailureKind.DuplicateDot, nameof(UniqueDots));
    }

    [Fact]
    public void A_write_that_was_sent_once_has_one_dot()
    {
        var write = _script.Put();
        _script.Mint(write, 0);
        _script.Mint(write, 1);
        _script.AssertFound(FailureKind.DuplicateDot, nameof(UniqueDots));
    }

    [Fact]
    public void A_listing_has_every_key_that_has_a_value()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.History.End(_script.History.BeginList(1, 0, new ListOptions()), [Script.K]);
        _script.AssertFine();
        _script.History.End(_script.History.BeginList(1, 0, new ListOptions()), []);
        _script.AssertFound(FailureKind.Outcome, nameof(Listings));
    }

    [Fact]
    public void A_listing_has_no_key_that_nobody_wrote()
    {
        _script.History.End(_script.History.BeginList(1, 0, new ListOptions()), ["ghost"]);
        _script.AssertFound(FailureKind.Outcome, nameof(Listings));
    }

    [Fact]
    public void A_listing_has_no_deleted_key()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        _script.Write(_script.Delete(seen), 0, 1);
        _script.History.End(_script.History.BeginList(1, 0, new ListOptions()), [Script.K]);
        _script.AssertFound(FailureKind.Outcome, nameof(Listings));
    }

    [Fact]
    public void A_queue_stays_within_its_bound()
    {
        _script.Lengths.Add(new QueueReading("requests", 5, 5));
        _script.Oracles.Sample();
        _script.AssertFine();
        _script.Lengths.Add(new QueueReading("waiting", 6, 5));
        _script.Oracles.Sample();
        _script.AssertFound(FailureKind.Bound, nameof(Bounds));
    }

    [Fact]
    public void What_waits_to_be_sent_stays_within_its_bound_unless_it_is_one_frame()
    {
        _script.Oracles.Sent("n1>n2", 1, _script.QueuedBytesMax + 1);
        _script.Oracles.Sent("n1>n2", 5, _script.QueuedBytesMax);
        _script.AssertFine();
        _script.Oracles.Sent("n1>n2", 2, _script.QueuedBytesMax + 1);
        _script.AssertFound(FailureKind.Bound, nameof(Bounds));
    }

    [Fact]
    public void A_value_is_not_put_beside_as_many_as_a_key_may_have()
    {
        _script.SiblingsMax = 2;
        _script.Write(_script.Put(), 0, 1);
        _script.Write(_script.Put(), 0, 1);
        _script.AssertFine();
        _script.Mint(_script.Put(), 0);
        _script.AssertFound(FailureKind.Bound, nameof(Bounds));
    }

    [Fact]
    public void A_merge_may_make_more_values_than_a_key_may_have()
    {
        _script.SiblingsMax = 2;
        _script.Write(_script.Put(), 0, 1);
        _script.Write(_script.Put(), 0, 1);
        _script.Write(_script.Put(), 2);
        _script.Copy(0, 2);
        Assert.True(_script.Held(2, Script.K).Siblings.Length > _script.SiblingsMax);
    }

    [Fact]
    public void A_request_does_not_take_longer_than_its_client_gave_it()
    {
        _script.History.BeginRead(1, 0, Script.K, new ReadOptions { Timeout = TimeSpan.FromSeconds(1) });
        Pass(TimeSpan.FromSeconds(1));
        _script.AssertFine();
        Pass(TimeSpan.FromSeconds(1));
        _script.AssertFound(FailureKind.Stuck, nameof(Deadlines));
    }

    [Fact]
    public void A_write_that_is_sent_again_has_its_time_again()
    {
        var write = _script.History.BeginWrite(1, 0, Script.K, "v1", [], new WriteOptions { Timeout = TimeSpan.FromSeconds(1) }, null);
        Pass(TimeSpan.FromSeconds(1));
        _script.Unknown(write);
        _script.History.Again(write, 1);
        Pass(TimeSpan.FromSeconds(1));
        _script.AssertFine();
        Pass(TimeSpan.FromSeconds(1));
        _script.AssertFound(FailureKind.Stuck, nameof(Deadlines));
    }

    [Fact]
    public void A_queue_is_empty_when_nothing_goes_on()
    {
        _script.Lengths.Add(new QueueReading("alarms", 1, null));
        _script.Loop.Run(_script.Oracles.EndAsync);
        _script.AssertFound(FailureKind.Bound, nameof(Bounds));
    }

    [Fact]
    public void An_error_in_the_log_is_a_failure_and_a_warning_is_none()
    {
        _script.Oracles.Logged("n1", LogLevel.Warning, "a warning");
        _script.AssertFine();
        _script.Oracles.Logged("n1", LogLevel.Error, "an error");
        _script.AssertFound(FailureKind.ErrorLog, nameof(ErrorLogs));
    }

    [Fact]
    public void Owners_that_still_differ_after_all_reads_have_not_converged()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.WritesBack = false;
        _script.Loop.Run(_script.Oracles.EndAsync);
        _script.AssertFound(FailureKind.Convergence, nameof(Convergence));
    }

    [Fact]
    public void Owners_that_do_not_answer_when_all_is_mended_have_not_converged()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Answers = false;
        _script.Loop.Run(_script.Oracles.EndAsync);
        _script.AssertFound(FailureKind.Convergence, nameof(Convergence));
    }

    private void Pass(TimeSpan time)
    {
        _script.Loop.Run(() => _script.Loop.PassAsync(time));
        _script.Oracles.Sample();
    }

    private static Value Bytes(string name) => new(Toystore.Simulation.Histories.History.Payload(name, 0));
}
