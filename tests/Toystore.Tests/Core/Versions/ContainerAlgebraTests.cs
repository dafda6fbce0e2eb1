using CsCheck;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

public sealed class ContainerAlgebraTests
{
    private const int Runs = 3_000;

    private static readonly Gen<(Step[] Steps, int A, int B, int C)> Triples = Gen.Select(Causality.Steps, Gen.Int[0, 10_000], Gen.Int[0, 10_000], Gen.Int[0, 10_000]);

    [Fact]
    public void Merge_is_commutative() => Triples.Sample((steps, a, b, _) =>
    {
        var (x, y, _) = Pick(steps, a, b, 0);
        return Causality.AreSame(x.Merge(y), y.Merge(x));
    }, iter: Runs);

    [Fact]
    public void Merge_is_associative() => Triples.Sample((steps, a, b, c) =>
    {
        var (x, y, z) = Pick(steps, a, b, c);
        return Causality.AreSame(x.Merge(y).Merge(z), x.Merge(y.Merge(z)));
    }, iter: Runs);

    [Fact]
    public void Merging_a_container_with_itself_returns_it() => Triples.Sample((steps, a, b, _) =>
    {
        var (x, y, _) = Pick(steps, a, b, 0);
        var copy = y.Merge(x);
        return ReferenceEquals(x, x.Merge(x)) && ReferenceEquals(copy, copy.Merge(x.Merge(y)));
    }, iter: Runs);

    [Fact]
    public void A_merge_that_brings_nothing_new_returns_the_same_instance_from_either_side() => Triples.Sample((steps, a, b, _) =>
    {
        var (x, y, _) = Pick(steps, a, b, 0);
        var merged = x.Merge(y);
        return ReferenceEquals(merged, merged.Merge(x)) && (ReferenceEquals(merged, y.Merge(merged)) || Causality.AreSame(merged, y));
    }, iter: Runs);

    [Fact]
    public void A_merge_knows_all_that_either_knew() => Triples.Sample((steps, a, b, _) =>
    {
        var (x, y, _) = Pick(steps, a, b, 0);
        var merged = x.Merge(y);
        return merged.Context.Covers(x.Context) && merged.Context.Covers(y.Context) && merged.Context == x.Context.Join(y.Context);
    }, iter: Runs);

    [Fact]
    public void No_superseded_value_lives_on_and_no_concurrent_value_vanishes() => Causality.Steps.Sample(steps =>
    {
        foreach (var state in new Causality(steps).History)
        {
            Assert.Equal(state.Live.Order(), state.Container.Siblings.ToArray().Select(s => s.Dot));
        }
    }, iter: Runs);

    [Fact]
    public void Context_and_floor_cover_exactly_the_writes_that_were_seen() => Causality.Steps.Sample(steps =>
    {
        var history = new Causality(steps).History;
        var dots = history.SelectMany(s => s.Known).ToHashSet();
        foreach (var state in history)
        {
            Assert.True(dots.Where(state.Container.Context.Covers).ToHashSet().SetEquals(state.Known));
        }
    }, iter: 500);

    [Fact]
    public void All_replicas_agree_once_each_has_heard_of_the_others() => Causality.Steps.Sample(steps =>
    {
        var history = new Causality(steps).History;
        var forwards = history.Aggregate(Container.Empty, (sum, state) => sum.Merge(state.Container));
        var backwards = Enumerable.Reverse(history).Aggregate(Container.Empty, (sum, state) => state.Container.Merge(sum));
        return Causality.AreSame(forwards, backwards);
    }, iter: Runs);

    [Fact]
    public void Digests_are_equal_exactly_when_the_live_dots_are() => Triples.Sample((steps, a, b, _) =>
    {
        var (x, y, _) = Pick(steps, a, b, 0);
        var sameDots = x.Siblings.ToArray().Select(s => s.Dot).SequenceEqual(y.Siblings.ToArray().Select(s => s.Dot));
        return x.Digest == y.Digest == sameDots;
    }, iter: Runs);

    [Fact]
    public void The_last_write_of_a_merge_is_the_latest_of_what_lives() => Triples.Sample((steps, a, b, _) =>
    {
        var (x, y, _) = Pick(steps, a, b, 0);
        var merged = x.Merge(y);
        var highest = merged.Siblings.ToArray().MaxBy(s => s.Dot);
        return ReferenceEquals(highest, merged.LastWrite);
    }, iter: Runs);

    private static (Container X, Container Y, Container Z) Pick(Step[] steps, int a, int b, int c)
    {
        var world = new Causality(steps);
        return (world.At(a).Container, world.At(b).Container, world.At(c).Container);
    }
}
