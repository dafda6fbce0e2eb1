using System.CommandLine;
using Toystore.Cli.Dev;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore dev</c>: a cluster of real nodes on this machine, and ways to make them fail.</summary>
internal static class DevCommand
{
    /// <summary>Where a local cluster lives unless somebody says otherwise.</summary>
    public const string DefaultDirectory = ".data";

    private const int NodesDefault = 5;
    private const int CopiesDefault = 3;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var data = new Option<string>("--data") { Description = "The cluster's directory.", HelpName = "DIR", DefaultValueFactory = _ => DefaultDirectory, Recursive = true };
        var nodes = RequestChoices.Positive("--nodes", $"How many nodes, 1 to {DevCluster.NodesMax}. [default: {NodesDefault}, or as many as the directory has]");
        var zones = RequestChoices.Positive("--zones", "Deal the nodes out to so many zones. [default: 1]");
        var n = RequestChoices.Positive("--n", $"Copies of each key. [default: {CopiesDefault}]");
        var r = RequestChoices.Positive("--r", "Owners that must answer a read. [default: the majority of N]");
        var w = RequestChoices.Positive("--w", "Owners that must hold a write. [default: the majority of N]");
        var durability = RequestChoices.OneOf("--durability", "What an acknowledged write survives: power loss (fsync), or the process (os). [default: fsync]", "fsync", "os");
        var portOffset = new Option<int?>("--port-offset") { Description = "Add this to all port numbers. [default: 0]", HelpName = "NUMBER" };
        var fresh = new Option<bool>("--fresh") { Description = "Delete what an earlier cluster left in the directory." };
        var noColor = new Option<bool>("--no-color") { Description = "Print without colours." };
        var command = new Command("dev", "Start a cluster on this machine: node i at 127.0.0.1 with HTTP 8100+i, Redis 7100+i, peers 9100+i. Ctrl-C stops it.")
        {
            data, nodes, zones, n, r, w, durability, portOffset, fresh, noColor, Start(data, terminal), Kill(data, terminal), Stop(data, terminal),
        };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(noColor))
            {
                terminal.Tables.Profile.Capabilities.ColorSystem = Spectre.Console.ColorSystem.NoColors;
            }

            var layout = new DevLayout(parsed.GetRequiredValue(data));
            var wanted = new DevShape(parsed.GetValue(nodes), parsed.GetValue(zones), parsed.GetValue(n), parsed.GetValue(r), parsed.GetValue(w), parsed.GetValue(durability), parsed.GetValue(portOffset));
            var cluster = Prepare(terminal, layout, wanted, parsed.GetValue(fresh));
            foreach (var (member, port) in cluster.Members.SelectMany(member => member.Ports.Select(port => (member, port))))
            {
                if (!Ports.IsFree(port))
                {
                    throw new IOException($"Port {port} of 127.0.0.1, which {member.Id} needs, is taken: {Ports.Holder(port)}. End that, or choose other ports with --port-offset. Nothing was started.");
                }
            }

            return await new DevSupervisor(terminal, layout, cluster, TimeProvider.System).RunAsync(cancellationToken);
        });
        return command;
    }

    private static DevCluster Prepare(Terminal terminal, DevLayout layout, DevShape wanted, bool fresh)
    {
        wanted.Check();
        var old = File.Exists(layout.ClusterFile) ? Old(layout, fresh) : null;
        var ids = old?.Members.Select(member => member.Id).ToList() ?? [];
        if (layout.RunningSupervisor() is { } supervisor)
        {
            throw new IOException($"A cluster of {layout.Root} is running (process {supervisor.Id}). Stop it with: {terminal.Command} dev stop --data {layout.Root}");
        }

        if (ids.Find(id => layout.RunningNode(id) is not null) is { } running)
        {
            throw new IOException($"{running} of {layout.Root} is still running. Stop what is left with: {terminal.Command} dev stop --data {layout.Root}");
        }

        if (fresh && Directory.Exists(layout.Root))
        {
            layout.Clear(ids);
            old = null;
        }

        if (old is not null)
        {
            wanted.CheckAgainst(old, layout.Root);
            return old;
        }

        var cluster = DevCluster.New(Seeds.NewGuid(), wanted.Nodes ?? NodesDefault, wanted.Zones ?? 1, wanted.N ?? CopiesDefault, wanted.R, wanted.W, wanted.Durability ?? "fsync", wanted.PortOffset ?? 0);
        Directory.CreateDirectory(layout.Root);
        File.WriteAllText(layout.ClusterFile, cluster.ToJson() + "\n");
        return cluster;
    }

    private static DevCluster? Old(DevLayout layout, bool fresh)
    {
        try
        {
            return DevCluster.Read(layout.ClusterFile);
        }
        catch (UsageException) when (fresh)
        {
            return null; // about to be deleted
        }
    }

    private static Command Start(Option<string> data, Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "Which node, like n3." };
        var command = new Command("start", "Start a node of a local cluster again.") { id };
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var (layout, member) = Find(parsed.GetRequiredValue(data), parsed.GetRequiredValue(id));
            if (layout.RunningNode(member.Id) is { } running)
            {
                await terminal.Output.WriteLineAsync($"{member.Id} runs already (process {running.Id}).");
                return ExitCode.Done;
            }

            var process = NodeProcess.Start(layout, member.Id, layout.RunningSupervisor()?.Id);
            using var readiness = new Readiness();
            if (await readiness.WaitAsync(member, process, TimeSpan.FromSeconds(60), TimeProvider.System, cancellationToken) is { } problem)
            {
                throw new IOException($"{member.Id} did not start: {problem}. See {layout.LogFile(member.Id)}");
            }

            await terminal.Output.WriteLineAsync($"{member.Id} runs (process {process.Id}).");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Kill(Option<string> data, Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "Which node, like n3." };
        var command = new Command("kill", "Kill a node of a local cluster at once (SIGKILL), as if its machine had died.") { id };
        command.Does(terminal, async (parsed, _) =>
        {
            var (layout, member) = Find(parsed.GetRequiredValue(data), parsed.GetRequiredValue(id));
            if (layout.RunningNode(member.Id) is not { } running)
            {
                await terminal.Output.WriteLineAsync($"{member.Id} is not running.");
                return ExitCode.Done;
            }

            NodeProcess.Kill(running);
            await terminal.Output.WriteLineAsync($"{member.Id} (process {running.Id}) is killed. Start it again with: {terminal.Command} dev start {member.Id} --data {layout.Root}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Stop(Option<string> data, Terminal terminal)
    {
        var command = new Command("stop", "Stop a local cluster that runs in another terminal, or what is left of it.");
        command.Does(terminal, async (parsed, _) =>
        {
            var layout = new DevLayout(parsed.GetRequiredValue(data));
            var members = DevCluster.Read(layout.ClusterFile).Members;
            if (layout.RunningSupervisor() is { } supervisor)
            {
                await NodeProcess.StopAllAsync([supervisor], StopPatience + StopPatience, TimeProvider.System);
            }

            await NodeProcess.StopAllAsync([.. members.Select(member => layout.RunningNode(member.Id)).OfType<ProcessMark>()], StopPatience, TimeProvider.System);
            await terminal.Output.WriteLineAsync($"The cluster of {layout.Root} is stopped.");
            return ExitCode.Done;
        });
        return command;
    }

    private static (DevLayout Layout, DevMember Member) Find(string directory, string id)
    {
        var layout = new DevLayout(directory);
        if (!File.Exists(layout.ClusterFile))
        {
            throw new UsageException($"There is no local cluster in {layout.Root}: name its directory with --data, or start one with toystore dev.");
        }

        var members = DevCluster.Read(layout.ClusterFile).Members;
        return (layout, members.FirstOrDefault(member => member.Id == id) ?? throw new UsageException($"{id} is no node of {layout.Root}: it has {string.Join(", ", members.Select(member => member.Id))}."));
    }
}
