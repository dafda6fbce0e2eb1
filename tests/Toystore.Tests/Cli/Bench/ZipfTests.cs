using Toystore.Cli.Bench;

namespace Toystore.Tests.Cli.Bench;

public sealed class ZipfTests
{
    private const int Draws = 200_000;

    [Theory]
    [InlineData(10, 0.99)]
    [InlineData(10, 1.0)]
    [InlineData(1000, 0.5)]
    [InlineData(1000, 2.0)]
    [InlineData(100_000, 0.99)]
    public void Each_rank_comes_up_in_proportion_to_its_power(int count, double exponent)
    {
        var zipf = new Zipf(count, exponent);
        var random = new Random(7);
        var seen = new int[count + 1];
        for (var i = 0; i < Draws; i++)
        {
            seen[zipf.Next(random)]++;
        }

        var whole = Enumerable.Range(1, count).Sum(rank => Math.Pow(rank, -exponent));
        for (var rank = 1; rank <= Math.Min(10, count); rank++)
        {
            var expected = Draws * Math.Pow(rank, -exponent) / whole;
            Assert.InRange(seen[rank], expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)));
        }

        Assert.Equal(0, seen[0]);
    }

    [Fact]
    public void A_single_key_is_always_that_key()
    {
        var zipf = new Zipf(1, 0.99);
        var random = new Random(1);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(1, zipf.Next(random)));
    }

    [Fact]
    public void The_same_seed_draws_the_same_ranks()
    {
        var zipf = new Zipf(1000, 0.99);
        Random left = new(5), right = new(5);
        Assert.Equal(Enumerable.Range(0, 100).Select(_ => zipf.Next(left)), Enumerable.Range(0, 100).Select(_ => zipf.Next(right)));
    }
}
