using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Oracles;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Oracles;

/// <summary>Half a write is none: what it was to replace shows, or it does.</summary>
public sealed class VanishedValueTests
{
    private readonly Script _script = new();

    [Fact]
    public void A_value_that_is_gone_with_all_that_may_have_replaced_it_is_found()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        Forget(Replace(seen));
        _script.Read(3, 0, 1, 2);
        _script.AssertFound(FailureKind.Causality, nameof(CausalModel));
    }

    [Fact]
    public void So_it_is_where_the_chain_is_longer()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        var second = _script.Put(seen, client: 2);
        _script.Mint(second, 0);
        _script.Copy(0, 1);
        Forget(Replace(_script.Done(second)));
        _script.Read(3, 0, 1, 2);
        _script.AssertFound(FailureKind.Causality, nameof(CausalModel));
    }

    [Fact]
    public void What_may_have_replaced_it_is_enough()
    {
        Replace(_script.Write(_script.Put(), 0, 1));
        _script.Read(3, 0, 1);
        _script.AssertFine();
    }

    [Fact]
    public void A_delete_of_which_nobody_knows_may_have_happened()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        var delete = _script.Delete(seen, client: 2);
        _script.Mint(delete, 0);
        _script.Unknown(delete);
        Forget(delete);
        _script.Read(3, 0, 1, 2);
        _script.AssertFine();
    }

    [Fact]
    public void A_disk_that_has_lost_what_replaced_it_is_an_excuse()
    {
        var seen = _script.Write(_script.Put(), 0, 1);
        var write = Replace(seen);
        _script.RollBack(0);
        _script.RollBack(1);
        Forget(write);
        _script.Read(3, 0, 1, 2);
        _script.AssertFine();
    }

    private WriteOp Replace(SeenContext seen)
    {
        var write = _script.Put(seen, client: 2);
        _script.Mint(write, 0);
        _script.Unknown(write);
        return write;
    }

    // Nobody has it any more, and all believe what it said of the others.
    private void Forget(WriteOp write)
    {
        for (var node = 0; node < 3; node++)
        {
            _script.Hold(node, Script.K, Container.Absent(write.Dots[0].Time));
        }
    }
}
