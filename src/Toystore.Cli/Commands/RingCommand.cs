using System.CommandLine;
using Spectre.Console;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore ring [KEY]</c>: who owns what, or where one key lives.</summary>
internal static class RingCommand
{
    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var key = new KeyArgument();
        key.Text.Description = "Show where this key lives.";
        var ranges = new Option<bool>("--ranges") { Description = "Print every run of slots with the same owners." };
        var command = new Command("ring", "Show who owns what.") { ranges };
        key.AddTo(command, optional: true);
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var json = parsed.GetValue(shared.Json);
            if (key.Find(parsed) is { } asked)
            {
                var placement = await client.PlacementAsync(asked, cancellationToken);
                await (json
                    ? Json.PrintAsync(terminal, placement)
                    : terminal.Output.WriteLineAsync($"slot {placement.Slot}, owners {string.Join(", ", placement.Owners)}, stand-ins {Names(placement.StandIns)}"));
                return ExitCode.Done;
            }

            var ring = await client.RingAsync(cancellationToken);
            if (json)
            {
                await Json.PrintAsync(terminal, ring);
                return ExitCode.Done;
            }

            var status = await client.StatusAsync(cancellationToken);
            terminal.Tables.WriteLine(FormattableString.Invariant($"epoch {ring.Epoch}, {ring.Slots} slots in {ring.Ranges.Count} ranges"));
            terminal.Tables.Write(Shares(ring, status));
            if (parsed.GetValue(ranges))
            {
                terminal.Tables.Write(Ranges(ring));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string Names(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);

    private static Table Shares(RingStatus ring, ClusterStatus status)
    {
        var places = ring.Ranges.Count == 0 ? 0 : ring.Ranges.Max(range => range.Owners.Count);
        var table = new Table().Border(TableBorder.Rounded).AddColumns("node", "zone", "weight", "state", "slots", "share");
        for (var place = 0; place < places; place++)
        {
            table.AddColumn(FormattableString.Invariant($"as owner {place + 1}"));
        }

        double copies = Math.Max(1, ring.Ranges.Sum(range => (long)SlotsIn(range) * range.Owners.Count));
        foreach (var member in status.Members)
        {
            var owned = Enumerable.Range(0, places).Select(place => ring.Ranges.Where(range => place < range.Owners.Count && range.Owners[place] == member.Id).Sum(SlotsIn)).ToArray();
            table.AddRow([
                member.Id, member.Zone, Sizes.Count(member.Weight), member.Reachable ? "well" : "unreachable", Sizes.Count(owned.Sum()),
                FormattableString.Invariant($"{100 * owned.Sum() / copies:0.0} %"), .. owned.Select(slots => Sizes.Count(slots))]);
        }

        return table;
    }

    private static Table Ranges(RingStatus ring)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("slots", "owners");
        foreach (var range in ring.Ranges)
        {
            table.AddRow(FormattableString.Invariant($"{range.First}-{range.Last}"), string.Join(", ", range.Owners));
        }

        return table;
    }

    private static int SlotsIn(SlotRange range) => range.Last - range.First + 1;
}
