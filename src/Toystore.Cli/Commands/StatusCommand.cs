using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore status</c>: the cluster as one node sees it.</summary>
internal static class StatusCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var command = new Command("status", "Show the members and how they are. Exit code 1 if one has a problem.");
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var status = await client.StatusAsync(cancellationToken);
            if (parsed.GetValue(shared.Json))
            {
                await Json.PrintAsync(terminal, status);
            }
            else
            {
                Print(terminal.Tables, status);
            }

            return status.Healthy ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(IAnsiConsole console, ClusterStatus status)
    {
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[{(status.Healthy ? "green" : "yellow")}]{status.Summary}[/]");
        console.WriteLine(FormattableString.Invariant(
            $"cluster {status.Cluster}, epoch {status.Epoch}, N={status.N} R={status.R} W={status.W}, {status.Copies} of {status.N} copies kept; as {status.Asked} sees it"));
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in (string[])["node", "state", "gossip", "zone", "weight", "slots", "http", "up", "processor", "memory", "disk used", "disk free", "reads", "writes", "failed"])
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        foreach (var member in status.Members)
        {
            var node = member.Node;
            var problem = member.Problem ?? node?.Problem;
            table.AddRow(
                new Text(member.Id),
                new Text(!member.Reachable ? "unreachable" : problem is null ? "well" : "problem", new Style(!member.Reachable ? Color.Red : problem is null ? Color.Green : Color.Yellow)),
                new Text(Gossip(member.Membership)),
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

        console.Write(table);
        foreach (var member in status.Members.Where(member => (member.Problem ?? member.Node?.Problem) is not null))
        {
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[yellow]{member.Id}[/]: {member.Problem ?? member.Node!.Problem}");
        }
    }

    // What the members hold of it together, beside what the asked node has just seen.
    private static string Gossip(MembershipStatus? membership) => membership switch
    {
        null => "-",
        { By: { } by } => $"{membership.State} for {Sizes.Time(membership.ForSeconds)}, says {by}",
        _ => $"{membership.State} for {Sizes.Time(membership.ForSeconds)}",
    };
}
