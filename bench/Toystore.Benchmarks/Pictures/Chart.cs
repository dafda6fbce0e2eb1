using System.Globalization;
using System.Text;

namespace Toystore.Benchmarks.Pictures;

/// <summary>A picture with two axes, the lower one logarithmic, as SVG. It follows the reader's choice of light or dark.</summary>
internal sealed record Chart(string Title, string XLabel, string YLabel, double YMax, double YStep)
{
    private const double Width = 640;
    private const double Height = 360;
    private const double Left = 64;
    private const double Right = 24;
    private const double Top = 72;
    private const double Bottom = 52;

    private const string Style = """
        <style>
        text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
        .title { font-size: 15px; font-weight: 600; }
        polyline, line { fill: none; stroke-width: 1.5; }
        .paper { fill: #ffffff; } .grid { stroke: #d1d9e0; stroke-width: 1; } .axis { stroke: #1f2328; stroke-width: 1; }
        .ours { fill: #0969da; } .line-ours { stroke: #0969da; } .others { fill: #bc4c00; } .line-others { stroke: #bc4c00; }
        .formula { stroke: #57606a; } .bound { stroke: #57606a; stroke-dasharray: 5 4; }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3; } .paper { fill: #0d1117; } .grid { stroke: #30363d; } .axis { stroke: #e6edf3; }
        .ours { fill: #58a6ff; } .line-ours { stroke: #58a6ff; } .others { fill: #ffa657; } .line-others { stroke: #ffa657; }
        .formula, .bound { stroke: #9198a1; }
        }
        </style>
        """;

    /// <summary>Where the lower axis has its marks.</summary>
    public required IReadOnlyList<double> XMarks { get; init; }

    /// <summary>Decimals of the values beside the dots.</summary>
    public int Decimals { get; init; } = 2;

    public string Draw(IReadOnlyList<Series> series)
    {
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-label=\"{Title}\">");
        svg.AppendLine(Style.ReplaceLineEndings("\n").TrimEnd());
        Add(svg, $"<rect class=\"paper\" width=\"{Width}\" height=\"{Height}\" rx=\"6\"/>");
        Add(svg, $"<text class=\"title\" x=\"{Left}\" y=\"26\">{Title}</text>");
        Axes(svg);
        Legend(svg, series);
        foreach (var each in series)
        {
            Draw(svg, each, series);
        }

        return svg.AppendLine("</svg>").ToString().ReplaceLineEndings("\n");
    }

    private void Axes(StringBuilder svg)
    {
        for (var y = 0.0; y <= YMax * 1.0001; y += YStep)
        {
            Add(svg, $"<line class=\"grid\" x1=\"{Left}\" y1=\"{Y(y):0.#}\" x2=\"{Width - Right}\" y2=\"{Y(y):0.#}\"/>");
            Add(svg, $"<text x=\"{Left - 8}\" y=\"{Y(y) + 4:0.#}\" text-anchor=\"end\">{y:0.##}</text>");
        }

        foreach (var x in XMarks)
        {
            Add(svg, $"<line class=\"axis\" x1=\"{X(x):0.#}\" y1=\"{Y(0)}\" x2=\"{X(x):0.#}\" y2=\"{Y(0) + 5}\"/>");
            Add(svg, $"<text x=\"{X(x):0.#}\" y=\"{Y(0) + 19}\" text-anchor=\"middle\">{x:#,0}</text>");
        }

        Add(svg, $"<line class=\"axis\" x1=\"{Left}\" y1=\"{Y(0)}\" x2=\"{Width - Right}\" y2=\"{Y(0)}\"/>");
        Add(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">{XLabel}</text>");
        Add(svg, $"<text transform=\"translate(18 {(Y(0) + Top) / 2}) rotate(-90)\" text-anchor=\"middle\">{YLabel}</text>");
    }

    private static void Legend(StringBuilder svg, IReadOnlyList<Series> series)
    {
        var x = Left;
        foreach (var each in series)
        {
            Mark(svg, each.Look, x + 8, 44);
            Add(svg, $"<text x=\"{x + 22}\" y=\"48\">{each.Name}</text>");
            x += 40 + (each.Name.Length * 6.6);
        }
    }

    private void Draw(StringBuilder svg, Series series, IReadOnlyList<Series> all)
    {
        var line = string.Join(' ', series.Points.Select(point => FormattableString.Invariant($"{X(point.X):0.#},{Y(point.Y):0.#}")));
        var name = series.Look switch
        {
            Look.Ours => "line-ours",
            Look.Others => "line-others",
            Look.Formula => "formula",
            _ => "bound",
        };
        Add(svg, $"<polyline class=\"{name}\" points=\"{line}\"/>");
        if (series.Look is Look.Formula or Look.Bound)
        {
            return;
        }

        foreach (var point in series.Points)
        {
            // A value stands below its dot if something else is drawn where it would stand above.
            var isBelow = all.Any(other => other != series && other.At(point.X) - point.Y is var above && above >= 0 && above < YMax / 8);
            Mark(svg, series.Look, X(point.X), Y(point.Y));
            Add(svg, $"<text x=\"{X(point.X):0.#}\" y=\"{Y(point.Y) + (isBelow ? 20 : -9):0.#}\" text-anchor=\"middle\">{point.Y.ToString("F" + Decimals, CultureInfo.InvariantCulture)}</text>");
        }
    }

    private static void Mark(StringBuilder svg, Look look, double x, double y)
    {
        switch (look)
        {
            case Look.Ours:
                Add(svg, $"<circle class=\"ours\" cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"4\"/>");
                break;
            case Look.Others:
                Add(svg, $"<rect class=\"others\" x=\"{x - 4:0.#}\" y=\"{y - 4:0.#}\" width=\"8\" height=\"8\"/>");
                break;
            default:
                Add(svg, $"<line class=\"{(look == Look.Formula ? "formula" : "bound")}\" x1=\"{x - 8:0.#}\" y1=\"{y:0.#}\" x2=\"{x + 8:0.#}\" y2=\"{y:0.#}\"/>");
                break;
        }
    }

    private double X(double x)
    {
        var (first, last) = (Math.Log(XMarks[0]), Math.Log(XMarks[^1]));
        return Left + 24 + ((Math.Log(x) - first) / (last - first) * (Width - Left - Right - 48));
    }

    private double Y(double y) => Height - Bottom - (y / YMax * (Height - Top - Bottom));

    private static void Add(StringBuilder svg, FormattableString text) => svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));
}
