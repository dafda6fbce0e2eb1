using System.CommandLine;
using Toystore.Cli.Serve;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore serve</c>: one node.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal, StartNode? startNode)
    {
        var config = new Option<FileInfo?>("--config") { Description = "The cluster's file, the same on all nodes. [TOYSTORE_CONFIG]", HelpName = "FILE" };
        var parent = new Option<int?>("--parent-pid") { Description = "Stop when this process is gone.", Hidden = true };
        var flags = new Flags();
        var command = new Command("serve", "Run one node. Every setting can be a flag, an environment variable (in brackets), or stand in the cluster's file; the first of these wins.") { config, parent };
        flags.AddTo(command);
        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var file = parsed.GetValue(config)?.FullName ?? terminal.Environment("TOYSTORE_CONFIG");
            var sources = new List<ISettingSource> { flags.Given(parsed), new EnvironmentSettings(terminal.Environment) };
            if (!string.IsNullOrEmpty(file))
            {
                sources.Add(ClusterFile.Parse(await File.ReadAllTextAsync(file, cancellationToken), Path.GetFileName(file)));
            }

            var (settings, problems) = new ServeSettingsReader(sources).Read(ClusterIdFile.ReadOrCreate);
            foreach (var problem in problems)
            {
                await terminal.Error.WriteLineAsync(problem);
            }

            if (settings is null)
            {
                return ExitCode.Usage;
            }

            if (startNode is null)
            {
                await terminal.Error.WriteLineAsync("This program was built without a node: take the released toystore to serve.");
                return ExitCode.Failed;
            }

            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var watch = parsed.GetValue(parent) is { } processId ? ParentWatch.RunAsync(processId, stopping, TimeProvider.System, stopping.Token) : Task.CompletedTask;
            try
            {
                return await startNode(settings, stopping.Token);
            }
            finally
            {
                stopping.Cancel();
                await watch;
            }
        });
        return command;
    }

    /// <summary>The settings as flags.</summary>
    private sealed class Flags
    {
        private readonly Dictionary<string, Option<string[]>> _options = new(StringComparer.Ordinal);

        public Flags()
        {
            Add(SettingNames.Id, "ID", "Which member this is, like n1.");
            Add(SettingNames.Data, "DIR", "Where the node keeps its data.");
            Add(SettingNames.ClusterId, "GUID", "Which cluster; the same on all nodes.");
            Add(SettingNames.N, "NUMBER", "Copies of each key. [default: 3]");
            Add(SettingNames.R, "NUMBER", "Owners that must answer a read. [default: the majority of N]");
            Add(SettingNames.W, "NUMBER", "Owners that must hold a write. [default: the majority of N]");
            Add(SettingNames.Durability, "fsync|os", "What an acknowledged write survives: power loss, or the process. [default: fsync]");
            Add(SettingNames.DamagedStore, "refuse|refill|cut", "When the files of its store are damaged: do not start; set them aside, and get everything back from the other owners; or give up what its log has from the damage on. [default: refuse]");
            Add(SettingNames.ValueLimit, "BYTES", "The largest value. [default: 16777216]");
            Add(SettingNames.HintLimit, "MIB", "How much is kept for one owner that is away. [default: 1024]");
            Add(SettingNames.HintAge, "DURATION", "How long is kept what enough others hold anyway. [default: 24h]");
            Add(SettingNames.ScrubRate, "MIB", "How much of its disk it reads in a second to verify it, round after round with a day between; 0: none. [default: 8]");
            Add(SettingNames.LogLevel, "LEVEL", "Trace, Debug, Information, Warning, Error, Critical or None. [default: Information]");
            Add(SettingNames.Http, "HOST:PORT", "Where this node listens for HTTP, if not at the address of its member entry (0.0.0.0:8101, say).");
            Add(SettingNames.Peer, "HOST:PORT", "Where it listens for the other nodes, if not at the address of its member entry.");
            Add(SettingNames.Redis, "HOST:PORT", "Where it listens for Redis clients.");
            Add(SettingNames.Policy, "PREFIX=POLICY", "siblings or lww for keys that begin like this; repeatable.");
            Add(SettingNames.Network, "local|lan|wan", "How far the members are apart: how soon one that does not answer is held dead. The same on all nodes. [default: lan]");
            foreach (var setting in MembershipSetting.All)
            {
                Add(setting.Name, setting.Form, setting.Description);
            }

            Add(SettingNames.Member, "MEMBER", "A founding member, this one included: n2,peer=HOST:PORT,http=HOST:PORT,redis=HOST:PORT,zone=NAME,weight=NUMBER; repeatable.");
        }

        public void AddTo(Command command)
        {
            foreach (var option in _options.Values)
            {
                command.Add(option);
            }
        }

        public GivenFlags Given(ParseResult parsed) => new GivenFlags(_options, parsed);

        private void Add(string name, string helpName, string description)
        {
            var variable = name switch { SettingNames.Member => "TOYSTORE_MEMBERS", SettingNames.Policy => "TOYSTORE_POLICIES", _ => SettingNames.Variable(name) };
            _options[name] = new Option<string[]>("--" + name) { Description = $"{description} [{variable}]", HelpName = helpName, Arity = ArgumentArity.OneOrMore };
        }
    }

    private sealed class GivenFlags(Dictionary<string, Option<string[]>> options, ParseResult parsed) : ISettingSource
    {
        public IReadOnlyList<Setting> Find(string name) =>
            options.TryGetValue(name, out var option) ? [.. (parsed.GetValue(option) ?? []).Select(text => new Setting(text, "--" + name))] : [];
    }
}
