using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Healing;

public sealed class AdmissionTests
{
    private static readonly ActorId Actor = new(new NodeId(1), 7);
    private static readonly HybridTime Mark = new(100);

    [Fact]
    public void A_new_write_above_the_mark_is_taken() => Assert.Equal(Admission.Taken, Of(Container.Empty, Holding(101), newest: 101));

    [Fact]
    public void A_new_write_at_the_mark_is_too_low() => Assert.Equal(Admission.TooLow, Of(Container.Empty, Holding(100), newest: 100));

    [Fact]
    public void A_present_stamp_does_not_help_a_new_write() => Assert.Equal(Admission.TooLow, Of(Container.Empty, Holding(100), newest: 100, isPresent: true));

    [Fact]
    public void A_new_write_that_is_here_already_is_taken_again() => Assert.Equal(Admission.Taken, Of(Holding(90), Holding(90), newest: 90));

    [Fact]
    public void A_new_write_that_is_here_already_and_replaced_is_taken_again() => Assert.Equal(Admission.Taken, Of(Container.Empty.Put(Sibling(120), VersionVector.Of(new Dot(Actor, new HybridTime(90)))), Holding(90), newest: 90));

    [Fact]
    public void That_the_floor_covers_a_dot_does_not_say_that_it_is_here()
    {
        Assert.Equal(Admission.TooLow, Of(Container.Absent(Mark), Holding(90), newest: 90));
        Assert.Equal(Admission.Stale, Of(Container.Absent(Mark), Holding(90)));
        Assert.Equal(Admission.Stale, Of(Holding(120).Under(Mark), Holding(90)));
    }

    [Fact]
    public void A_copy_from_before_the_last_report_is_stale() => Assert.Equal(Admission.Stale, Of(Container.Empty, Holding(100)));

    [Fact]
    public void A_copy_that_was_read_since_the_last_report_is_taken() => Assert.Equal(Admission.Taken, Of(Container.Empty, Holding(100), isPresent: true));

    [Fact]
    public void A_copy_above_the_mark_is_taken_whatever_its_stamp() => Assert.Equal(Admission.Taken, Of(Container.Empty, Holding(101)));

    [Fact]
    public void A_copy_of_what_is_here_is_taken_whatever_its_stamp() => Assert.Equal(Admission.Taken, Of(Holding(90), Holding(90)));

    [Fact]
    public void What_rides_along_with_a_new_write_counts_too()
    {
        var both = Holding(90).Put(Sibling(120, generation: 8), default);
        Assert.Equal(2, both.Siblings.Length);
        Assert.Equal(Admission.Stale, Of(Container.Empty, both, newest: 120, generation: 8));
        Assert.Equal(Admission.Taken, Of(Container.Empty, both, newest: 120, isPresent: true, generation: 8));
    }

    private static Admission Of(Container held, Container incoming, ulong newest = 0, bool isPresent = false, ulong generation = 7) =>
        Admissions.Of(held, incoming, newest == 0 ? default : new Dot(new ActorId(new NodeId(1), generation), new HybridTime(newest)), Mark, isPresent);

    private static Container Holding(ulong reading) => Container.Empty.Put(Sibling(reading), default);

    private static Sibling Sibling(ulong reading, ulong generation = 7) => new(new Dot(new ActorId(new NodeId(1), generation), new HybridTime(reading)), new byte[1]);
}
