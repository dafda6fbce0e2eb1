using System.Globalization;
using Spectre.Console;

namespace Toystore.Cli.Dev;

/// <summary>
/// Runs a local cluster until it is told to stop. It starts each node once and restarts none: a killed node stays dead until somebody runs <c>toystore dev start</c>, since watching the others manage is what a
/// local cluster is for. Nodes are known by their pid files alone, so it does not matter who started them.
/// </summary>
internal sealed class DevSupervisor(Terminal terminal, DevLayout layout, DevCluster cluster, TimeProvider time)
{
    private const int LogLinesShown = 20;

    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, ProcessMark?> _seen = new(StringComparer.Ordinal);

    /// <summary>Starts the nodes, shows where they are, and looks after them; the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        DevLayout.WritePid(layout.SupervisorPidFile, Environment.ProcessId);
        try
        {
            foreach (var member in cluster.Members)
            {
                _seen[member.Id] = NodeProcess.Start(layout, member.Id, Environment.ProcessId);
            }

            if (!await AllReadyAsync(cancellationToken))
            {
                return ExitCode.Failed;
            }

            Show();
            await WatchAsync(cancellationToken);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
        finally
        {
            await StopAsync();
        }
    }

    private async Task<bool> AllReadyAsync(CancellationToken cancellationToken)
    {
        using var readiness = new Readiness();
        var answers = await Task.WhenAll(cluster.Members.Select(member => readiness.WaitAsync(member, _seen[member.Id]!, ReadyPatience, time, cancellationToken)));
        foreach (var (member, problem) in cluster.Members.Zip(answers))
        {
            if (problem is not null)
            {
                await terminal.Error.WriteLineAsync($"{member.Id} did not start: {problem}. The end of {layout.LogFile(member.Id)}:");
                await terminal.Error.WriteLineAsync(string.Join('\n', LogEnd(member.Id).Select(line => "  " + line)));
            }
        }

        return answers.All(problem => problem is null);
    }

    private void Show()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("node", "zone", "http", "peers", "pid", "log");
        foreach (var member in cluster.Members)
        {
            table.AddRow(
                member.Id, member.Zone, "http://" + member.Http, member.Peer, _seen[member.Id]!.Id.ToString(CultureInfo.InvariantCulture),
                Path.GetRelativePath(Environment.CurrentDirectory, layout.LogFile(member.Id)));
        }

        terminal.Tables.Write(table);
        var (first, last) = (cluster.Members[0], cluster.Members[^1]);
        terminal.Output.WriteLine($"Try:  curl -X PUT --data-binary 'hello' http://{first.Http}/v1/keys/greeting");
        terminal.Output.WriteLine($"      curl http://{last.Http}/v1/keys/greeting");
        terminal.Output.WriteLine($"Then: {terminal.Command} dev kill {last.Id}{DataFlag}   {terminal.Command} dev start {last.Id}{DataFlag}   (in another terminal)");
        terminal.Output.WriteLine("Ctrl-C stops the cluster; its data stays for the next time.");
        terminal.Output.Flush();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(LookEvery, time, cancellationToken);
            foreach (var member in cluster.Members)
            {
                var now = layout.RunningNode(member.Id);
                var before = _seen[member.Id];
                _seen[member.Id] = now;
                if (before is not null && now != before)
                {
                    await terminal.Output.WriteLineAsync($"{member.Id} (process {before.Id}) is gone. Its log: {layout.LogFile(member.Id)}. Start it again with: {terminal.Command} dev start {member.Id}{DataFlag}");
                }

                if (now is not null && now != before)
                {
                    await terminal.Output.WriteLineAsync($"{member.Id} runs again (process {now.Id}).");
                }
            }
        }
    }

    private async Task StopAsync()
    {
        var running = cluster.Members.Select(member => layout.RunningNode(member.Id)).OfType<ProcessMark>().ToList();
        if (running.Count > 0)
        {
            await terminal.Output.WriteLineAsync($"Stopping {running.Count} nodes.");
        }

        var killed = await NodeProcess.StopAllAsync(running, StopPatience, time);
        if (killed > 0)
        {
            await terminal.Error.WriteLineAsync($"{killed} nodes did not stop within {StopPatience.TotalSeconds:0} s and were killed.");
        }

        foreach (var member in cluster.Members)
        {
            File.Delete(layout.PidFile(member.Id));
        }

        File.Delete(layout.SupervisorPidFile);
    }

    private string DataFlag => layout.Root == Path.GetFullPath(Commands.DevCommand.DefaultDirectory) ? "" : $" --data {layout.Root}";

    private List<string> LogEnd(string id)
    {
        try
        {
            return File.ReadLines(layout.LogFile(id)).TakeLast(LogLinesShown).ToList();
        }
        catch (IOException)
        {
            return ["(no log)"];
        }
    }
}
