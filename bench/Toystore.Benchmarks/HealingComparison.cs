using System.Globalization;

namespace Toystore.Benchmarks;

/// <summary>
/// What clients notice of healing: the 99th percentile of an open loop at 30 % of what the cluster can do, while hints are given back to a node and while a node refills whose disk was wiped, each against the same load on the same cluster when
/// nothing is to be healed; and after a mere restart, since a process that starts costs something as well. The two in turn, several pairs, medians of the ratios.
/// </summary>
internal static class HealingComparison
{
    private const int Nodes = 5;
    private const int Hurt = 5;
    private const int FirstPort = 8490;
    private const double Share = 0.3;
    private const int Connections = 64;
    private const string Window = "8s";
    private const int ValueBytes = 4000; // so that there is as much to give back as takes longer than what is measured

    private static readonly int[] Doors = [1, 2, 3, 4]; // of those that are there all the while

    public static async Task<int> RunAsync(TextWriter output, string[] args)
    {
        var pairs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var keys = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 50_000;
        var phases = args.Length > 2 ? args[2] : "start alone, hints, refill";
        await using var cluster = new BenchCluster(Nodes, FirstPort, "os");
        await cluster.StartAsync();
        string[] load = ["--keys", $"{keys}", "--value-size", $"{ValueBytes}", "--connections", $"{Connections}"];
        var most = await cluster.BenchAsync(Doors, [.. load, "--reads", "50", "--duration", "15s", "--warmup", "15s"]);
        var rate = Share * most.GetProperty("operationsPerSecond").GetDouble();
        await output.WriteLineAsync(FormattableString.Invariant(
            $"{Nodes} nodes, N=3, R=W=2, os, {keys} keys of {ValueBytes} bytes, half reads; closed loop of {Connections}: {rate / Share:0}/s; so an open loop of {rate:0}/s"));
        string[] open = [.. load, "--reads", "50", "--no-preload", "--rate", BenchCluster.Text(rate), "--duration", Window, "--warmup", "1s"];
        foreach (var (name, before, hurt, left) in ((string, Func<Task>, Func<Task>, Func<Task<string>>)[])[
            ("start alone", NothingAsync, RestartAsync, HintsLeftAsync), ("hints", WriteAsync, MissAsync, HintsLeftAsync), ("refill", NothingAsync, WipeAsync, RefillLeftAsync)])
        {
            if (!phases.Contains(name, StringComparison.Ordinal))
            {
                continue;
            }

            // A process that starts compiles what it runs, and so do those that have never met it: its first seconds are told apart.
            var (first, later) = (new List<(double Reads, double Writes)>(), new List<(double Reads, double Writes)>());
            for (var pair = 1; pair <= pairs; pair++)
            {
                await HealedAsync();
                await before();
                var began = cluster.Processor;
                var idle = await cluster.BenchAsync(Doors, open);
                var idleProcessor = cluster.Processor - began;
                await hurt();
                foreach (var (window, ratios) in ((string, List<(double Reads, double Writes)>)[])[("first", first), ("later", later)])
                {
                    var leftFirst = await left();
                    began = cluster.Processor;
                    var healing = await cluster.BenchAsync(Doors, open);
                    var processor = cluster.Processor - began;
                    var (reads, writes) = (P99(idle, "reads"), P99(idle, "writes"));
                    var (readsThen, writesThen) = (P99(healing, "reads"), P99(healing, "writes"));
                    ratios.Add((readsThen / reads, writesThen / writes));
                    await output.WriteLineAsync(FormattableString.Invariant(
                        $"{name} {pair}, {window}: p99 of reads {reads:0.0} -> {readsThen:0.0} ms, {ratios[^1].Reads:0.00}x; of writes {writes:0.0} -> {writesThen:0.0} ms, {ratios[^1].Writes:0.00}x; processor time of all nodes {idleProcessor.TotalSeconds:0.0} -> {processor.TotalSeconds:0.0} s; left when it began: {leftFirst}, when it ended: {await left()}"));
                }
            }

            await output.WriteLineAsync($"{name}, median: in the first {Window} after the start {Medians(first)}, in the next {Window} {Medians(later)} (wanted <= 2)");
        }

        return 0;

        static string Medians(List<(double Reads, double Writes)> ratios) => FormattableString.Invariant(
            $"reads {BenchCluster.Median([.. ratios.Select(ratio => ratio.Reads)]):0.00}x, writes {BenchCluster.Median([.. ratios.Select(ratio => ratio.Writes)]):0.00}x");

        static double P99(System.Text.Json.JsonElement report, string kind) => BenchCluster.Milliseconds(report, kind, "p99");

        // A process that starts takes processor time from all that share its machine, whatever it does then.
        async Task RestartAsync()
        {
            await cluster.KillAsync(Hurt);
            cluster.Start(Hurt);
            await cluster.ReadyAsync(Hurt);
        }

        static Task NothingAsync() => Task.CompletedTask;

        // What was written keeps the disks busy for a while, whoever missed it: so as much is written before either of the two.
        Task WriteAsync() => cluster.BenchAsync(Doors, [.. load, "--no-preload", "--reads", "0", "--duration", "20s", "--warmup", "100ms"]);

        async Task MissAsync()
        {
            await cluster.KillAsync(Hurt);
            await WriteAsync();
            cluster.Start(Hurt);
            await cluster.ReadyAsync(Hurt);
        }

        async Task WipeAsync()
        {
            await cluster.KillAsync(Hurt);
            cluster.Start(Hurt, wiped: true);
            await cluster.ReadyAsync(Hurt);
            await cluster.CompareNowAsync();
        }

        async Task<string> HintsLeftAsync() => FormattableString.Invariant($"{await HintsAsync()} hints");

        async Task<long> HintsAsync() => (await cluster.AskAsync("/v1/cluster/hints")).GetProperty("kept").EnumerateArray().Sum(kept => kept.GetProperty("count").GetInt64());

        async Task<string> RefillLeftAsync()
        {
            var repair = await cluster.AskAsync("/v1/cluster/repair");
            var own = repair.GetProperty("members").EnumerateArray().Single(member => member.GetProperty("id").GetString() == $"n{Hurt}");
            var received = own.GetProperty("peers").EnumerateArray().Sum(peer => peer.GetProperty("keysReceived").GetInt64());
            return FormattableString.Invariant($"{repair.GetProperty("pairsEqual").GetInt32()} of {Nodes * (Nodes - 1) / 2} pairs alike, {own.GetProperty("slotsUnknown").GetInt32()} slots not known, {received} keys received");
        }

        async Task HealedAsync()
        {
            while (await HintsAsync() > 0 || (await cluster.AskAsync("/v1/cluster/repair")).GetProperty("pairsEqual").GetInt32() < Nodes * (Nodes - 1) / 2)
            {
                await Task.Delay(1000);
            }
        }
    }
}
