namespace Toystore.Benchmarks.Pictures;

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the picture calls them.</param>
/// <param name="Points">In the order of x.</param>
/// <param name="Look">How they are drawn.</param>
internal sealed record Series(string Name, IReadOnlyList<Point> Points, Look Look)
{
    /// <summary>Its value at an x: on the straight line between the two points beside it.</summary>
    public double At(double x)
    {
        var left = Points.LastOrDefault(point => point.X <= x, Points[0]);
        var right = Points.FirstOrDefault(point => point.X >= x, Points[^1]);
        return left.X == right.X ? left.Y : left.Y + ((right.Y - left.Y) * (x - left.X) / (right.X - left.X));
    }
}

/// <summary>How a series is drawn.</summary>
internal enum Look
{
    /// <summary>Measured by us: dots, with their values.</summary>
    Ours,

    /// <summary>Measured, of something else: squares, with their values.</summary>
    Others,

    /// <summary>A formula: a line.</summary>
    Formula,

    /// <summary>What must not be exceeded: a dashed line.</summary>
    Bound,
}
