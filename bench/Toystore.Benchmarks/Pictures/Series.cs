namespace Toystore.Benchmarks.Pictures;

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the picture calls them.</param>
/// <param name="Points">In the order of x.</param>
/// <param name="Look">How they are drawn.</param>
internal sealed record Series(string Name, IReadOnlyList<Point> Points, Look Look);

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
