using System.CommandLine;
using Toystore.Client;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore drain</c>: takes a node out of its clients' way before it is stopped.</summary>
internal static class DrainCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PatienceDefault = TimeSpan.FromSeconds(30);

    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var node = new Argument<string>("node") { Description = "The node, like n2.", HelpName = "NODE" };
        var undo = new Option<bool>("--undo") { Description = "The node stays after all." };
        var force = new Option<bool>("--force") { Description = "Even if others are not well, and clients may miss it." };
        var command = new Command(
            "drain",
            "Have a node's clients go elsewhere before you stop it, and wait until they have (--timeout, 30s unless set). It serves whoever still asks. Refused, with exit code 4, while another node is down or has not caught up.") { node, undo, force };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var (id, isUndone) = (parsed.GetValue(node)!, parsed.GetValue(undo));
            using var cluster = shared.Connect(parsed);
            var status = await cluster.StatusAsync(cancellationToken);
            var address = AddressOf(status, id);
            if (!isUndone && !parsed.GetValue(force) && Reasons(status, await cluster.HintsAsync(cancellationToken), id).ToList() is { Count: > 0 } reasons)
            {
                await terminal.Error.WriteLineAsync($"{id} should stay: {string.Join("; ", reasons)}. Wait, or say --force if clients may miss it.");
                return ExitCode.Unavailable;
            }

            using var client = new ToystoreHttpClient(new ToystoreHttpOptions { Nodes = [address] });
            if (isUndone)
            {
                var resumed = await client.ResumeAsync(cancellationToken);
                await (parsed.GetValue(shared.Json) ? Json.PrintAsync(terminal, resumed) : terminal.Output.WriteLineAsync($"{id} is ready for clients again."));
                return ExitCode.Done;
            }

            return await WaitAsync(client, id, parsed.GetValue(shared.Timeout) ?? PatienceDefault, parsed.GetValue(shared.Json), terminal, cancellationToken);
        });
        return command;
    }

    private static async Task<int> WaitAsync(ToystoreHttpClient client, string id, TimeSpan patience, bool isJson, Terminal terminal, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        var report = await client.DrainAsync(cancellationToken);
        var (requests, since) = (report.Requests, begun);
        while (report.Underway > 0 || report.Requests != requests || time.GetElapsedTime(since) < Quiet)
        {
            if (time.GetElapsedTime(begun) >= patience)
            {
                await terminal.Error.WriteLineAsync($"Clients still ask {id} after {patience.TotalSeconds:0.#} s. They keep being served until it is stopped; then each may have one request fail, and must send it to another node.");
                return ExitCode.Unavailable;
            }

            await Task.Delay(Pause, time, cancellationToken);
            var next = await client.DrainReportAsync(cancellationToken);
            if (!next.Draining)
            {
                await terminal.Error.WriteLineAsync($"{id} was started anew, or somebody took it back: it is not drained.");
                return ExitCode.Failed;
            }

            (requests, since) = next.Requests == report.Requests ? (requests, since) : (next.Requests, time.GetTimestamp());
            report = next;
        }

        await (isJson ? Json.PrintAsync(terminal, report) : terminal.Output.WriteLineAsync($"{id} has no clients any more: stop it now, or say `toystore drain {id} --undo`."));
        return ExitCode.Done;
    }

    private static Uri AddressOf(ClusterStatus status, string id)
    {
        var member = status.Members.FirstOrDefault(member => member.Id == id)
            ?? throw new UsageException($"{id} is no member: the cluster has {string.Join(", ", status.Members.Select(member => member.Id))}.");
        return NodeAddress.TryParse(member.Http ?? "", out var address) ? address.ToUri() : throw new UsageException($"{id} has no HTTP address, so it cannot be told. Give its member an http entry.");
    }

    // Why clients would miss it.
    private static IEnumerable<string> Reasons(ClusterStatus status, HintsReport hints, string id)
    {
        foreach (var member in status.Members.Where(member => member.Id != id))
        {
            if (!member.Reachable || member.Membership is { State: not "alive" })
            {
                yield return $"{member.Id} is down already";
            }
            else if (member.Node is { SlotsUnknown: > 0 } node)
            {
                yield return FormattableString.Invariant($"{member.Id} still gets {node.SlotsUnknown} slots back that its disk lost");
            }
        }

        foreach (var target in hints.Kept.Select(kept => kept.Target).Distinct().Order(StringComparer.Ordinal))
        {
            yield return $"{target} has not got all yet that it missed (`toystore hints wait`)";
        }
    }
}
