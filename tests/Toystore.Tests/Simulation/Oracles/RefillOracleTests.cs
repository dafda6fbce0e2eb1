using Toystore.Simulation.Oracles;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Oracles;

/// <summary>The oracle of what owners say that they know again finds what it is there for.</summary>
public sealed class RefillOracleTests
{
    private readonly Script _script = new();

    [Fact]
    public void An_owner_that_says_it_knows_again_and_was_not_given_what_was_acknowledged_is_found()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Wipe(0);
        _script.Know(0);
        _script.AssertFound(FailureKind.LostWrite, nameof(Refilled));
    }

    [Fact]
    public void One_that_never_had_it_must_have_been_given_it_as_well()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Wipe(2);
        _script.Know(2);
        _script.AssertFound(FailureKind.LostWrite, nameof(Refilled));
    }

    [Fact]
    public void One_that_was_given_everything_back_knows_again()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Wipe(0);
        _script.Copy(1, 0);
        _script.Know(0);
        _script.AssertFine();
    }

    [Fact]
    public void Nothing_is_asked_of_what_was_acknowledged_since()
    {
        _script.Wipe(0);
        _script.Write(_script.Put(), 1, 2);
        _script.Know(0);
        _script.AssertFine();
    }

    [Fact]
    public void Nothing_is_asked_of_what_another_disk_has_lost()
    {
        _script.Write(_script.Put(), 0, 1);
        _script.Wipe(1);
        _script.Wipe(0);
        _script.Know(0);
        _script.AssertFine();
    }
}
