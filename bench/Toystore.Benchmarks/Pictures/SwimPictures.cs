namespace Toystore.Benchmarks.Pictures;

/// <summary>Draws the pictures of docs/protocols/swim.md from <c>swim-figures.csv</c> beside them.</summary>
internal static class SwimPictures
{
    private static readonly double[] Sizes = [10, 30, 100, 300, 1000];

    public static int Draw(TextWriter output, string folder)
    {
        var figures = new Figures(File.ReadLines(Path.Combine(folder, "swim-figures.csv")));
        Save(
            "swim-detection.svg",
            new Chart("From a crash to its first notice", "members", "protocol periods, mean", 2, 0.5) { XMarks = Sizes, Decimals = 2 },
            new Series("e / (e - 1) = 1.58 (SWIM 3.1)", Level(Math.E / (Math.E - 1)), Look.Formula),
            new Series("measured", figures["detection"], Look.Ours));
        Save(
            "swim-messages.svg",
            new Chart("Packets that a member sends at rest", "members", "packets per protocol period", 3, 0.5) { XMarks = Sizes },
            new Series("bound: 2.2", Level(2.2), Look.Bound),
            new Series("measured", figures["messages"], Look.Ours));
        Save(
            "swim-spread.svg",
            new Chart("From the first who holds a crashed member dead to the last", "members", "gossip intervals, median", 20, 5) { XMarks = Sizes, Decimals = 1 },
            new Series("bound: 2 log2 n", [.. Sizes.Select(n => new Point(n, 2 * Math.Log2(n)))], Look.Bound),
            new Series("log2 n", [.. Sizes.Select(n => new Point(n, Math.Log2(n)))], Look.Formula),
            new Series("measured", figures["spread"], Look.Ours));
        Save(
            "swim-join.svg",
            new Chart("All join through one seed within 1 s: until all know all", "members", "seconds", 6, 1) { XMarks = [.. Sizes, 3000], Decimals = 1 },
            new Series("measured", figures["storm"], Look.Ours));
        Compare("swim-memberlist-dead.svg", "On real sockets: from a member's stop until all hold it dead", "seconds, median", "dead", 12, 2, 1);
        Compare("swim-memberlist-join.svg", "On real sockets: from joining until all know all", "milliseconds", "join", 1250, 250, 0);
        Compare("swim-memberlist-bytes.svg", "On real sockets: all that a member sends at rest", "bytes per second, median", "bytes", 250, 50, 0);
        return 0;

        void Compare(string name, string title, string label, string what, double most, double step, int decimals) => Save(
            name,
            new Chart(title, "members", label, most, step) { XMarks = [10, 50], Decimals = decimals },
            new Series("hashicorp/memberlist", figures[what + "-memberlist"], Look.Others),
            new Series("Toystore", figures[what + "-toystore"], Look.Ours));

        void Save(string name, Chart chart, params Series[] series)
        {
            File.WriteAllText(Path.Combine(folder, name), chart.Draw(series));
            output.WriteLine(name);
        }
    }

    private static Point[] Level(double y) => [new(Sizes[0], y), new(Sizes[^1], y)];
}
