using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore topology</c>: who belongs to the cluster, who decides on that, what was decided, and the way out where nobody can decide any more.</summary>
internal static class TopologyCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal) => new("topology", "Show who belongs to the cluster, who decides on that and what was decided; go on where those who decide are lost.")
    {
        Show(shared, terminal), History(shared, terminal), Force(shared, terminal),
    };

    private static Command Show(SharedOptions shared, Terminal terminal)
    {
        var command = new Command("show", "Show the topology, who decides on the next one, and which one every member has. Exit code 1 if it cannot be changed, because too few of those who decide are there.");
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var report = await client.TopologyAsync(cancellationToken);
            if (parsed.GetValue(shared.Json))
            {
                await Json.PrintAsync(terminal, report);
            }
            else
            {
                await terminal.Output.WriteLineAsync(FormattableString.Invariant($"topology {report.Epoch ?? "none"} of cluster {report.ClusterId}, N = {report.N}, R = {report.R}, W = {report.W}"));
                terminal.Tables.Write(Members(report));
                await terminal.Output.WriteLineAsync(report.Summary);
            }

            return report.Decides ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static Command History(SharedOptions shared, Terminal terminal)
    {
        var command = new Command("history", "Show the last hundred decisions, the newest last: when, by whom, what changed.");
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var history = await client.TopologyHistoryAsync(cancellationToken);
            if (parsed.GetValue(shared.Json))
            {
                await Json.PrintAsync(terminal, history);
                return ExitCode.Done;
            }

            var table = new Table().Border(TableBorder.Rounded).AddColumns("topology", "when (UTC)", "by", "what");
            foreach (var decision in history.Decisions)
            {
                table.AddRow(new Text(decision.Epoch), new Text(decision.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)), new Text(decision.By), new Text(decision.What));
            }

            terminal.Tables.Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Force(SharedOptions shared, Terminal terminal)
    {
        var epoch = new Argument<string>("EPOCH") { Description = "Which topology is to go on: the newest, as `toystore topology show` says it." };
        var lost = new Option<string[]>("--lost") { Description = "This member will never come back with what it had; repeatable. Every member that does not answer must be named.", HelpName = "ID" };
        var command = new Command(
            "force",
            "Go on from a topology under a new lineage, because a majority of those who decide on it is lost for good. On a node's own machine only, and on one that has the newest. What only the lost members knew is given up; should one of them come "
            + "back, it takes part in nothing until this is ordered once more. Exit code 1 if it was refused, or somebody was not told.") { epoch, lost };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var report = await client.ForceTopologyAsync(new ForceOrder(parsed.GetValue(epoch)!, parsed.GetValue(lost)), cancellationToken);
            await (parsed.GetValue(shared.Json) ? Json.PrintAsync(terminal, report) : (report.Done ? terminal.Output : terminal.Error).WriteLineAsync(report.Summary));
            return report.Done ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static Table Members(TopologyReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("node", "zone", "weight", "peer", "decides", "has", "state");
        foreach (var member in report.Members)
        {
            var state = member.Away ? "away"
                : member.Acceptor && member.NamedDisk != member.Disk ? "another disk than it was named with"
                : member.Heard is null ? "has no topology yet"
                : member.Heard != report.Epoch ? "has another topology" : "well";
            table.AddRow(new Text(member.Id), new Text(member.Zone), new Text(Sizes.Count(member.Weight)), new Text(member.Peer), new Text(member.Acceptor ? "yes" : ""), new Text(member.Heard ?? "?"), new Text(state));
        }

        return table;
    }
}
