using System.CommandLine;
using System.Globalization;
using Toystore.Client;
using Toystore.Core.Placement;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore repair</c>: how the members keep their copies alike, and <c>toystore repair now</c> to have them compared at once.</summary>
internal static class RepairCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create(SharedOptions shared, Terminal terminal) =>
        new("repair", "Show how the members keep their copies alike, or have them compared now. They do so by themselves, about once a minute.") { Status(shared, terminal), Now(shared, terminal) };

    private static Command Status(SharedOptions shared, Terminal terminal)
    {
        var slot = SlotOption();
        var command = new Command("status", "Show of every member what it has compared, when, and what came of it. Exit code 4 if one does not answer.") { slot };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var report = await client.RepairAsync(parsed.GetValue(slot), cancellationToken);
            if (parsed.GetValue(shared.Json))
            {
                await Json.PrintAsync(terminal, report);
            }
            else
            {
                terminal.Tables.Write(RepairTables.OfMembers(report));
                terminal.Tables.Write(RepairTables.OfPeers(report));
                await terminal.Output.WriteLineAsync(Sentence(report));
            }

            return report.Unknown.Count == 0 ? ExitCode.Done : ExitCode.Unavailable;
        });
        return command;
    }

    private static Command Now(SharedOptions shared, Terminal terminal)
    {
        var (slot, key) = (SlotOption(), new Option<string?>("--key") { Description = "Only the slot of this key.", HelpName = "KEY" });
        var command = new Command(
            "now", "Have every member compare its slots with all who own them too, wait until that is done, and say what came of it. With --timeout for so long at most. Exit code 4 if not everything could be compared.") { slot, key };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(slot) is not null && parsed.GetValue(key) is not null)
            {
                throw new UsageException("Name a slot or a key, not both.");
            }

            // What limits a request elsewhere limits the waiting here.
            using var client = new ToystoreHttpClient(new ToystoreHttpOptions { Nodes = [.. shared.Nodes(parsed).Select(node => node.ToUri())] });
            var wanted = parsed.GetValue(key) is { } text ? (await client.PlacementAsync(text, cancellationToken)).Slot : parsed.GetValue(slot);
            var time = TimeProvider.System;
            var begun = time.GetTimestamp();
            var report = await client.RepairNowAsync(wanted, cancellationToken);
            while (true)
            {
                var passed = time.GetElapsedTime(begun);
                var missing = Missing(report, passed.TotalSeconds).ToList();
                if (missing.Count == 0)
                {
                    return await PrintAsync(report, passed, parsed.GetValue(shared.Json), terminal);
                }

                if (passed >= parsed.GetValue(shared.Timeout))
                {
                    await terminal.Error.WriteLineAsync($"Not everything was compared in time. {string.Join(" ", missing.Select(pair => WhyNot(pair.Node, pair.Peer)))}");
                    return ExitCode.Unavailable;
                }

                await Task.Delay(Pause, time, cancellationToken);

                // One that has started again since has forgotten what it was asked for.
                report = missing.Exists(pair => !pair.Peer.Ordered) ? await client.RepairNowAsync(wanted, cancellationToken) : await client.RepairAsync(wanted, cancellationToken);
            }
        });
        return command;
    }

    private static Option<int?> SlotOption()
    {
        var slot = new Option<int?>("--slot") { Description = $"Only this slot, 0 to {Slot.Count - 1}.", HelpName = "N" };
        slot.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= Slot.Count))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no slot: it is a whole number, 0 to {Slot.Count - 1}.");
            }
        });
        return slot;
    }

    // Those that can be compared and were not, since it was asked for.
    private static IEnumerable<(NodeRepair Node, PeerRepair Peer)> Missing(RepairReport report, double passed) =>
        report.Members.SelectMany(node => node.Peers.Where(peer => !peer.Away && !report.Unknown.Contains(peer.Id) && (peer.Ordered || !(peer.BeganSeconds <= passed))).Select(peer => (node, peer)));

    private static string WhyNot(NodeRepair node, PeerRepair peer) =>
        FormattableString.Invariant($"{node.Id} with {peer.Id}: {peer.Problem ?? (peer.BeganSeconds is null ? "no exchange yet" : $"{peer.SlotsUnfinished} slots are unfinished")}.");

    private static async Task<int> PrintAsync(RepairReport report, TimeSpan passed, bool isJson, Terminal terminal)
    {
        var away = report.Unknown.Concat(report.Members.SelectMany(node => node.Peers.Where(peer => peer.Away).Select(peer => peer.Id))).Distinct().Order(StringComparer.Ordinal).ToList();
        if (isJson)
        {
            await Json.PrintAsync(terminal, new { Outcome = away.Count == 0 ? "done" : "unavailable", Seconds = passed.TotalSeconds, Report = report });
        }
        else
        {
            terminal.Tables.Write(RepairTables.OfPeers(report));
            await terminal.Output.WriteLineAsync(What(report));
        }

        if (away.Count > 0)
        {
            await terminal.Error.WriteLineAsync($"{string.Join(", ", away)} could not be asked: they are compared when they are back.");
        }

        return away.Count == 0 ? ExitCode.Done : ExitCode.Unavailable;
    }

    private static string What(RepairReport report)
    {
        var peers = report.Members.SelectMany(node => node.Peers).ToList();
        var keys = peers.Sum(peer => peer.KeysSent + peer.KeysReceived);
        return keys == 0
            ? "Compared: nobody lacked anything."
            : FormattableString.Invariant($"Compared: {keys} keys ({Sizes.Bytes(peers.Sum(peer => peer.BytesSent + peer.BytesReceived))}) were given to owners that lacked something of them.");
    }

    private static string Sentence(RepairReport report)
    {
        var unknown = report.Unknown.Count == 0 ? "" : $" {string.Join(", ", report.Unknown)} did not say.";
        var pairs = report.PairsEqual + report.PairsDiffering + report.PairsUnknown;
        return pairs == 0
            ? $"Nobody owns anything together with another.{unknown}"
            : FormattableString.Invariant($"Of {pairs} pairs of owners {report.PairsEqual} hold the same now, {report.PairsDiffering} differ (writes on their way count), {report.PairsUnknown} cannot be told.{unknown}");
    }
}
