using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Toystore.Cli.Commands;

namespace Toystore.Cli.Status;

/// <summary>The cluster on a screen: how it is in a sentence, who is there, what each carries, and what is wrong.</summary>
internal static class StatusTables
{
    /// <summary>All of it.</summary>
    public static IRenderable Of(ClusterStatus status)
    {
        var parts = new List<IRenderable>
        {
            new Text(status.Summary, new Style(status.Healthy ? Color.Green : Color.Yellow)),
            new Text(string.Create(
                CultureInfo.InvariantCulture,
                $"cluster {status.Cluster}, epoch {status.Epoch}, N={status.N} R={status.R} W={status.W}, {status.Copies} of {status.N} copies kept; as {status.Asked} sees it")),
            Members(status),
            Loads(status),
        };
        parts.AddRange(status.Members.SelectMany(Remarks).Select(remark => new Text(remark, new Style(Color.Yellow))));
        return new Rows(parts);
    }

    private static Table Members(ClusterStatus status)
    {
        var table = TableOf("node", "answers", "state", "for", "incarnation", "says", "alive for", "link", "latency", "lost", "self");
        foreach (var member in status.Members)
        {
            var (membership, link, own) = (member.Membership, member.Link, member.Node?.Membership);
            var problem = member.Problem ?? member.Node?.Problem;
            table.AddRow(
                new Text(member.Id),
                !member.Reachable ? Bad("no") : problem is null ? Good("yes") : Doubtful("problem"),
                StateOf(membership?.State),
                new Text(membership is null ? "-" : Sizes.Time(membership.ForSeconds)),
                new Text(own?.Incarnation ?? membership?.Incarnation ?? "-"),
                new Text(membership?.By ?? "-"),
                Agreement(membership?.Views),
                link is null ? new Text("-") : link.State switch { "up" => Good("up"), "refusing" => Bad("refusing"), "unknown" => new Text("-"), var state => Doubtful(state) },
                new Text(link is not { LatencySeconds: > 0 } ? "-" : string.Create(CultureInfo.InvariantCulture, $"{link.LatencySeconds * 1000:0.0} ms")),
                new Text(link is null ? "-" : Sizes.Count(link.TimedOut + link.Broken)),
                own is null ? new Text("-") : own.HealthMultiplier == 1 ? Good("well") : Doubtful(string.Create(CultureInfo.InvariantCulture, $"slowed x{own.HealthMultiplier}")));
        }

        return table;
    }

    private static Table Loads(ClusterStatus status)
    {
        var table = TableOf("node", "zone", "weight", "slots", "http", "up", "processor", "memory", "disk used", "disk free", "reads", "writes", "failed");
        foreach (var member in status.Members)
        {
            var node = member.Node;
            table.AddRow(
                new Text(member.Id),
                new Text(member.Zone),
                new Text(Sizes.Count(member.Weight)),
                new Text(Sizes.Count(member.Slots)),
                new Text(member.Http ?? "-"),
                new Text(node is null ? "-" : Sizes.Time(node.UptimeSeconds)),
                new Text(node is null ? "-" : Sizes.Time(node.ProcessorSeconds)),
                new Text(node is null ? "-" : Sizes.Bytes(node.ResidentBytes)),
                new Text(node is null ? "-" : Sizes.Bytes(node.BytesUsed)),
                new Text(node is null ? "-" : Sizes.Bytes(node.BytesFree)),
                new Text(node is null ? "-" : Sizes.Count(node.Reads)),
                new Text(node is null ? "-" : Sizes.Count(node.Writes)),
                new Text(node is null ? "-" : Sizes.Count(node.Failures)));
        }

        return table;
    }

    // What does not fit into a row: a problem, and who holds something else of the member than the asked node.
    private static IEnumerable<string> Remarks(MemberStatus member)
    {
        if ((member.Problem ?? member.Node?.Problem) is { } problem)
        {
            yield return $"{member.Id}: {problem}";
        }

        if (member.Membership?.Views?.Differing is { Count: > 0 } differing)
        {
            yield return $"{member.Id} is {string.Join(", ", differing.GroupBy(view => (view.State, view.By)).Select(view => $"{view.Key.State} for {string.Join(" and ", view.Select(each => each.Id))}{(view.Key.By is { } by ? $" (says {by})" : "")}"))}.";
        }
    }

    private static Text Agreement(MemberViews? views)
    {
        if (views is null)
        {
            return new Text("-");
        }

        var all = views.Alive + views.Suspect + views.Dead + views.Left + views.Unknown;
        var text = string.Create(CultureInfo.InvariantCulture, $"{views.Alive} of {all}");
        return views.Alive == all ? Good(text) : views.Alive == 0 ? Bad(text) : Doubtful(text);
    }

    private static Text StateOf(string? state) => state switch
    {
        null => new Text("-"),
        "alive" => Good(state),
        "suspect" => Doubtful(state),
        "dead" => Bad(state),
        _ => new Text(state),
    };

    private static Text Good(string text) => new(text, new Style(Color.Green));

    private static Text Doubtful(string text) => new(text, new Style(Color.Yellow));

    private static Text Bad(string text) => new(text, new Style(Color.Red));

    private static Table TableOf(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        return table;
    }
}
