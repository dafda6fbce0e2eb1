namespace Toystore.Cli.Bench;

/// <summary>
/// Ranks 1..n, where rank k comes up in proportion to k^-s: few keys get most of the requests. Sampled by rejection-inversion (Hörmann and Derflinger 1996): constant time and memory for any n.
/// </summary>
/// <remarks>
/// The area under h(x) = x^-s is cut into one strip per rank, each from k-½ to k+½ and at least as large as h(k), because h is convex; a point is drawn evenly under the curve by inverting its
/// integral H, and rejected when it falls into what its strip has beyond h(k). About one in ten is.
/// </remarks>
internal sealed class Zipf
{
    private readonly int _count;
    private readonly double _exponent;
    private readonly double _from;
    private readonly double _to;
    private readonly double _alwaysWithin;

    /// <summary>Ranks 1..<paramref name="count"/> with an exponent above 0.</summary>
    public Zipf(int count, double exponent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exponent);
        _count = count;
        _exponent = exponent;
        _from = Integral(1.5) - 1;
        _to = Integral(count + 0.5);
        _alwaysWithin = 2 - Inverse(Integral(2.5) - Height(2));
    }

    /// <summary>A rank, 1..n.</summary>
    public int Next(Random random)
    {
        while (true)
        {
            var area = _to + (random.NextDouble() * (_from - _to));
            var x = Inverse(area);
            var rank = Math.Clamp((int)(x + 0.5), 1, _count);
            if (rank - x <= _alwaysWithin || area >= Integral(rank + 0.5) - Height(rank))
            {
                return rank;
            }
        }
    }

    private double Height(double x) => Math.Exp(-_exponent * Math.Log(x));

    /// <summary>(x^(1-s) - 1) / (1-s), which is log x for s = 1.</summary>
    private double Integral(double x)
    {
        var log = Math.Log(x);
        return Grown((1 - _exponent) * log) * log;
    }

    private double Inverse(double y)
    {
        var t = Math.Max(-1, y * (1 - _exponent));
        return Math.Exp(Shrunk(t) * y);
    }

    /// <summary>(e^x - 1) / x, also near 0.</summary>
    private static double Grown(double x) => Math.Abs(x) > 1e-6 ? (Math.Exp(x) - 1) / x : 1 + (x / 2 * (1 + (x / 3)));

    /// <summary>log(1 + x) / x, also near 0.</summary>
    private static double Shrunk(double x) => Math.Abs(x) > 1e-6 ? Math.Log(1 + x) / x : 1 - (x * (0.5 - (x / 3)));
}
