using Toystore.Core.Versions;
using Toystore.Simulation.Oracles;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Oracles;

/// <summary>The oracle of floors finds what it is there for.</summary>
public sealed class FloorOracleTests
{
    private readonly Script _script = new();

    [Fact]
    public void A_floor_over_a_write_that_one_owner_has_never_heard_of_is_found()
    {
        var write = _script.Put();
        _script.Write(write, 0, 1);
        _script.Floor(0, write.Dots[0].Time);
        _script.AssertFound(FailureKind.Floor, nameof(Floors));
    }

    [Fact]
    public void A_floor_may_pass_what_all_owners_hold()
    {
        var write = _script.Put();
        _script.Write(write, 0, 1, 2);
        _script.Floor(0, write.Dots[0].Time);
        _script.AssertFine();
    }

    [Fact]
    public void A_floor_may_pass_what_an_owner_has_lost_with_its_disk()
    {
        var write = _script.Put();
        _script.Write(write, 0, 1, 2);
        _script.Wipe(2);
        _script.Floor(0, write.Dots[0].Time);
        _script.AssertFine();
    }

    [Fact]
    public void An_owner_that_takes_a_floor_over_a_write_it_has_never_heard_of_is_found()
    {
        var write = _script.Put();
        _script.Write(write, 0, 1);
        _script.Floor(2, write.Dots[0].Time);
        _script.AssertFound(FailureKind.Floor, nameof(Floors));
    }

    [Fact]
    public void An_owner_that_has_lost_its_disk_and_takes_a_floor_before_it_is_given_back_what_others_show_is_found()
    {
        var write = _script.Put();
        _script.Write(write, 0, 1, 2);
        _script.Wipe(2);
        _script.Floor(2, write.Dots[0].Time);
        _script.AssertFound(FailureKind.Floor, nameof(Floors));
    }

    [Fact]
    public void An_owner_that_has_lost_its_disk_may_take_a_floor_over_what_another_knows_to_be_replaced()
    {
        var write = _script.Put();
        _script.Write(write, 0, 1, 2);
        _script.Wipe(2);
        _script.Hold(0, Script.K, Container.Absent(write.Dots[0].Time));
        _script.Floor(2, write.Dots[0].Time);
        _script.AssertFine();
    }

    [Fact]
    public void A_floor_that_goes_back_is_found()
    {
        _script.Floor(0, new HybridTime(2));
        _script.Floor(0, new HybridTime(1));
        _script.AssertFound(FailureKind.Floor, nameof(Floors));
    }

    [Fact]
    public void A_new_write_below_a_floor_is_found()
    {
        _script.Floor(1, new HybridTime(500UL << 16));
        _script.Mint(_script.Put(), 0, reading: 500);
        _script.AssertFound(FailureKind.Floor, nameof(Floors));
    }

    [Fact]
    public void What_an_owner_has_purged_below_its_floor_it_knows()
    {
        var write = _script.Put();
        _script.Write(write, 0, 1, 2);
        _script.Floor(0, write.Dots[0].Time);
        _script.Hold(0, Script.K, Container.Empty);
        _script.Floor(1, write.Dots[0].Time);
        _script.AssertFine();
    }
}
