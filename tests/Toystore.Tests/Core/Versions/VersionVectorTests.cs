using CsCheck;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

public sealed class VersionVectorTests
{
    private static readonly Gen<VersionVector> Vectors =
        Gen.Select(Gen.Int[0, 25], Gen.ULong[1, 4]).Select((actor, time) => new Dot(new ActorId(new NodeId((ulong)actor + 1), (ulong)actor % 3), new HybridTime(time))).Array[0, 20]
            .Select(Gen.ULong[0, 3], (dots, floor) => dots.Aggregate(VersionVector.UpTo(new HybridTime(floor)), (sum, dot) => sum.With(dot)));

    [Theory] // actor letter and reading; what each knows of the other, by hand
    [InlineData("", "", "")]
    [InlineData("a1", "", "a1")]
    [InlineData("a1", "a1", "a1")]
    [InlineData("a1", "a2", "a2")]
    [InlineData("a1", "b1", "a1 b1")]
    [InlineData("a1 b2", "b1 c3", "a1 b2 c3")]
    [InlineData("b5", "a1 c1", "a1 b5 c1")]
    [InlineData("a9 b1", "a1 b9", "a9 b9")]
    [InlineData("a1 c1 e1", "b1 d1 f1", "a1 b1 c1 d1 e1 f1")]
    public void Join_takes_the_later_reading_of_each_actor(string left, string right, string joined)
    {
        Assert.Equal(joined, Show(Parse(left).Join(Parse(right))));
        Assert.Equal(joined, Show(Parse(right).Join(Parse(left))));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("a1", "", true)]
    [InlineData("", "a1", false)]
    [InlineData("a2 b1", "a1", true)]
    [InlineData("a2 b1", "a1 b2", false)]
    [InlineData("a2 b1", "c1", false)]
    public void Covers_means_has_seen_all_of(string left, string right, bool covers) => Assert.Equal(covers, Parse(left).Covers(Parse(right)));

    [Fact]
    public void Join_is_the_least_upper_bound() => Gen.Select(Vectors, Vectors, Vectors).Sample((x, y, z) =>
    {
        var joined = x.Join(y);
        return joined.Covers(x) && joined.Covers(y) && (z.Covers(x) && z.Covers(y)) == z.Covers(joined);
    }, iter: 10_000);

    [Fact]
    public void Join_is_commutative_associative_and_idempotent() => Gen.Select(Vectors, Vectors, Vectors).Sample((x, y, z) =>
        x.Join(y) == y.Join(x) && x.Join(y).Join(z) == x.Join(y.Join(z)) && x.Join(x) == x, iter: 10_000);

    [Fact]
    public void Covers_is_a_partial_order() => Gen.Select(Vectors, Vectors, Vectors).Sample((x, y, z) =>
        x.Covers(x) && (!(x.Covers(y) && y.Covers(x)) || x == y) && (!(x.Covers(y) && y.Covers(z)) || x.Covers(z)), iter: 10_000);

    [Fact]
    public void Entries_are_sorted_by_actor_and_found_again() => Vectors.Sample(x =>
    {
        var entries = x.Entries.ToArray();
        Assert.Equal(entries.OrderBy(e => e.Actor), entries);
        Assert.All(entries, entry => Assert.Equal(entry.Time, x[entry.Actor]));
        for (var actor = 0UL; actor < 30; actor++)
        {
            var id = new ActorId(new NodeId(actor), 1);
            Assert.Equal(entries.Where(e => e.Actor == id).Select(e => e.Time).DefaultIfEmpty(x.Floor).Single(), x[id]);
        }
    }, iter: 2_000);

    [Fact]
    public void The_highest_dot_is_the_latest_of_all() => Vectors.Sample(x => x.Highest == x.Entries.ToArray().DefaultIfEmpty().Max(), iter: 2_000);

    [Fact]
    public void Equal_vectors_have_equal_hashes() => Gen.Select(Vectors, Vectors).Sample((x, y) => x.Join(y).GetHashCode() == y.Join(x).GetHashCode(), iter: 2_000);

    [Theory]
    [InlineData("a1 a2")]
    [InlineData("b1 a1")]
    [InlineData("a0")]
    public void Entries_out_of_order_or_zero_are_refused(string entries) => Assert.False(VersionVector.TryFromSorted(default, Dots(entries), out _));

    [Theory]
    [InlineData("a2 b3", 2)]
    [InlineData("a2 b3", 3)]
    public void Entries_below_the_floor_are_refused(string entries, ulong floor) => Assert.False(VersionVector.TryFromSorted(new HybridTime(floor), Dots(entries), out _));

    [Theory]
    [InlineData("a2 b3 c4", 1UL, "a2 b3 c4")]
    [InlineData("a2 b3 c4", 2UL, "b3 c4")]
    [InlineData("a2 b3 c4", 3UL, "c4")]
    [InlineData("a2 b3 c4", 9UL, "")]
    public void A_floor_takes_the_place_of_the_entries_below_it(string entries, ulong floor, string left)
    {
        var vector = Parse(entries).Under(new HybridTime(floor));
        Assert.Equal(left, Show(vector));
        Assert.Equal(new HybridTime(floor), vector.Floor);
        Assert.True(vector.Covers(Parse(entries)));
        Assert.True(vector.Covers(new Dot(new ActorId(new NodeId('z'), 0), new HybridTime(floor))));
        Assert.False(vector.Covers(new Dot(new ActorId(new NodeId('z'), 0), new HybridTime(floor + 1))));
        Assert.Equal(vector, vector.Under(new HybridTime(floor - 1)));
    }

    [Fact]
    public void A_vector_covers_exactly_the_dots_that_its_parts_do() => Gen.Select(Vectors, Vectors, Gen.ULong[0, 4]).Sample((x, y, floor) =>
    {
        var (joined, raised) = (x.Join(y), x.Under(new HybridTime(floor)));
        for (var actor = 0UL; actor < 28; actor++)
        {
            for (var time = 1UL; time < 6; time++)
            {
                var dot = new Dot(new ActorId(new NodeId(actor), (actor + 2) % 3), new HybridTime(time));
                Assert.Equal(x.Covers(dot) || y.Covers(dot), joined.Covers(dot));
                Assert.Equal(x.Covers(dot) || time <= floor, raised.Covers(dot));
            }
        }
    }, iter: 3_000);

    [Fact]
    public void A_join_that_brings_nothing_allocates_nothing()
    {
        VersionVector small = Parse("a1 b1"), large = Parse("a1 b2 c1");
        var sum = 0;
        Allocations.None(() => sum += small.Join(large).Entries.Length + large.Join(small).Entries.Length + large.With(large.Highest).Entries.Length);
        Assert.NotEqual(0, sum);
    }

    private static VersionVector Parse(string text) => Dots(text).Aggregate(default(VersionVector), (sum, dot) => sum.With(dot));

    private static Dot[] Dots(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(e => new Dot(new ActorId(new NodeId(e[0]), 0), new HybridTime((ulong)(e[1] - '0'))))];

    private static string Show(VersionVector vector) => string.Join(' ', vector.Entries.ToArray().Select(e => $"{(char)e.Actor.Node.Value}{e.Time.Value}"));
}
