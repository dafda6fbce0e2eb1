using System.Globalization;

namespace Toystore.Benchmarks.Pictures;

/// <summary>Measured figures, as they are kept: lines of <c>what,n,value</c>, where # begins a comment.</summary>
internal sealed class Figures
{
    private readonly ILookup<string, Point> _points;

    public Figures(IEnumerable<string> lines) =>
        _points = lines.Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(',')).ToLookup(
            parts => parts[0],
            parts => new Point(double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture)));

    /// <summary>In the order of n.</summary>
    public IReadOnlyList<Point> this[string what] => _points.Contains(what) ? [.. _points[what].OrderBy(point => point.X)] : throw new InvalidDataException($"there is no figure {what}");
}

/// <summary>A place in a picture, in the units of its axes.</summary>
internal readonly record struct Point(double X, double Y);
