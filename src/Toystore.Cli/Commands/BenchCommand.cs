using System.CommandLine;
using Spectre.Console;
using Toystore.Cli.Bench;
using Toystore.Client;

namespace Toystore.Cli.Commands;

/// <summary><c>toystore bench</c>: makes load over HTTP and says what it cost.</summary>
internal static class BenchCommand
{
    private const int KeysMax = 1_000_000_000;
    private const double ZipfExponent = 0.99;

    public static Command Create(SharedOptions shared, Terminal terminal)
    {
        var byDefault = new BenchOptions { Nodes = [] };
        var connections = Number("--connections", "Connections, each with one request at a time and a thread of its own.", byDefault.Connections, 1, 10_000);
        var rate = new Option<double?>("--rate") { Description = "Open loop: so many requests a second, evenly spaced; latency counts from the moment a request was due. [default: closed loop]", HelpName = "OPS" };
        var reads = Number("--reads", "Reads among 100 requests; the others are writes.", byDefault.ReadPercent, 0, 100);
        var keys = Number("--keys", "How many keys are used; all are written once before the measurement.", byDefault.Keys, 1, KeysMax);
        var distribution = RequestChoices.OneOf("--distribution", "Which keys: each as often as the others, or few of them most of the time (exponent 0.99). [default: uniform]", "uniform", "zipf");
        var valueSize = Number("--value-size", "Bytes in a value.", byDefault.ValueBytes, 0, 1 << 30);
        var duration = Durations.Option("--duration", "How long to measure.", byDefault.Duration);
        var warmup = Durations.Option("--warmup", "Load before that, which does not count.", byDefault.Warmup);
        var r = RequestChoices.R();
        var w = RequestChoices.W();
        var durability = RequestChoices.Durability();
        var policy = RequestChoices.Policy("lww: writes replace each other. siblings: they pile up, to the cluster's limit. [default: lww]");
        var retry = Number("--retry", "Send a request that was not done again, up to so many times.", byDefault.Retries, 0, 1000);
        var seed = Number("--seed", "Chooses the keys and the order of reads and writes.", byDefault.Seed, 0, int.MaxValue);
        var prefix = new Option<string>("--prefix") { Description = "What the keys begin with. They stay in the cluster afterwards.", DefaultValueFactory = _ => byDefault.Prefix };
        var noPreload = new Option<bool>("--no-preload") { Description = "Do not write the keys first." };
        var command = new Command("bench", "Measure throughput, latency and the nodes' processor time. Without --node it finds all members and uses all of them.");
        foreach (var option in (Option[])[connections, rate, reads, keys, distribution, valueSize, duration, warmup, r, w, durability, policy, retry, seed, prefix, noPreload])
        {
            command.Add(option);
        }

        rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is <= 0 or > 10_000_000)
            {
                result.AddError("--rate is above 0 and at most 10000000 requests a second.");
            }
        });

        command.Does(terminal, async (parsed, cancellationToken) =>
        {
            using var client = shared.Connect(parsed);
            var options = new BenchOptions
            {
                Nodes = shared.NamedNodes(parsed) ?? await DiscoverAsync(client, cancellationToken),
                Connections = parsed.GetValue(connections),
                Rate = parsed.GetValue(rate),
                ReadPercent = parsed.GetValue(reads),
                Keys = parsed.GetValue(keys),
                ZipfExponent = parsed.GetValue(distribution) == "zipf" ? ZipfExponent : null,
                ValueBytes = parsed.GetValue(valueSize),
                Duration = parsed.GetValue(duration) ?? byDefault.Duration,
                Warmup = parsed.GetValue(warmup) ?? byDefault.Warmup,
                R = parsed.GetValue(r),
                W = parsed.GetValue(w),
                Durability = parsed.GetValue(durability),
                Policy = parsed.GetValue(policy) ?? byDefault.Policy,
                Retries = parsed.GetValue(retry),
                Seed = parsed.GetValue(seed),
                Prefix = parsed.GetRequiredValue(prefix),
                Preload = !parsed.GetValue(noPreload),
                Timeout = parsed.GetValue(shared.Timeout) ?? byDefault.Timeout,
            };
            var run = new BenchRun(options, token => StatusAsync(client, token), TimeProvider.System);
            var (report, problem) = await WatchAsync(terminal, show => run.RunAsync(show, cancellationToken));
            if (report is null)
            {
                await terminal.Error.WriteLineAsync(problem);
                return ExitCode.Failed;
            }

            if (parsed.GetValue(shared.Json))
            {
                await Json.PrintAsync(terminal, report);
            }
            else
            {
                BenchPrinter.Print(terminal.Tables, report);
            }

            return report.Failed == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<T> WatchAsync<T>(Terminal terminal, Func<Action<BenchProgress>, Task<T>> run)
    {
        if (!terminal.Interactive)
        {
            return await run(_ => { });
        }

        return await terminal.Progress.Live(new Text("")).AutoClear(true).StartAsync(live =>
        {
            var (phase, ended, elapsed) = ("", 0L, TimeSpan.Zero);
            return run(progress =>
            {
                (ended, elapsed) = progress.Phase == phase ? (ended, elapsed) : (0, TimeSpan.Zero);
                var seconds = (progress.Elapsed - elapsed).TotalSeconds;
                var recent = seconds > 0 ? (progress.Ended - ended) / seconds : 0;
                live.UpdateTarget(new Text(FormattableString.Invariant(
                    $"{progress.Phase} {progress.Elapsed.TotalSeconds:0.0} s  {Sizes.Count(recent)} op/s  {Sizes.Count(progress.Ended)} done  {Sizes.Count(progress.Failed)} failed")));
                (phase, ended, elapsed) = (progress.Phase, progress.Ended, progress.Elapsed);
            });
        });
    }

    private static async Task<IReadOnlyList<NodeAddress>> DiscoverAsync(ToystoreHttpClient client, CancellationToken cancellationToken)
    {
        var status = await client.StatusAsync(cancellationToken);
        var nodes = new List<NodeAddress>();
        foreach (var member in status.Members.Where(member => member.Reachable))
        {
            if (NodeAddress.TryParse(member.Http, out var address))
            {
                nodes.Add(address);
            }
        }

        return nodes.Count > 0 ? nodes : throw new ClusterUnreachableException("The cluster does not say where its members' HTTP doors are: name them with --node.");
    }

    private static async ValueTask<ClusterStatus?> StatusAsync(ToystoreHttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.StatusAsync(cancellationToken);
        }
        catch (ClusterUnreachableException)
        {
            return null; // the report then has no costs
        }
    }

    private static Option<int> Number(string name, string description, int byDefault, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "NUMBER", DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var number && (number < least || number > most))
            {
                result.AddError(FormattableString.Invariant($"{name} is {least} to {most}; it was {number}."));
            }
        });
        return option;
    }
}
