using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;
using Toystore.Simulation.Mutations;
using Toystore.Simulation.Programs;
using Toystore.Simulation.Worlds;
using Toystore.Tests.Tidy;
using HuntOptions = Toystore.Simulation.Mutations.CampaignOptions;

namespace Toystore.Tests.Simulation.Programs;

public sealed partial class ProgramTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly ManualTime _time = new();
    private RunSeed _run = (seed, options) => ScriptedRuns.Passed(seed);

    private IdleFigures _idle = new(TimeSpan.FromHours(1), TimeSpan.FromSeconds(2), 12345, null);
    private HuntOptions? _hunt;
    private (int Parts, ulong Seed, int Members) _swim;

    public static TheoryData<string> Kinds => [.. Enum.GetNames<FailureKind>()];

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("Say what to run: --seed 42")]
    [InlineData("--seed is a whole number, 0 to 18446744073709551615; 'x' is not.", "--seed", "x")]
    [InlineData("'-1' is not", "--seed", "-1")]
    [InlineData("--seeds is a whole number, 1 to 1000000000; '0' is not.", "--seeds", "0")]
    [InlineData("such as 10 or 0.5; 'soon' is not", "--minutes", "soon")]
    [InlineData("--threads is a whole number, 1 to 1024", "--seeds", "1", "--threads", "0")]
    [InlineData("3,7,9; or 'none'. '3;7' is neither", "--seed", "1", "--faults", "3;7")]
    [InlineData("leave out --seeds", "--seed", "1", "--seeds", "2")]
    [InlineData("name it with --seed", "--seeds", "2", "--trace")]
    [InlineData("name it with --seed", "--seeds", "2", "--faults", "1")]
    [InlineData("leave out --twice", "--seed", "2", "--trace", "--twice", "1")]
    [InlineData("Seed 2 draws no fault #7; it draws none.", "--seed", "2", "--faults", "7")]
    [InlineData("bogus", "bogus")]
    public async Task A_usage_error_is_a_sentence_and_exit_code_2(string expected, params string[] args)
    {
        Assert.Equal(ExitCode.Usage, await RunAsync(args));
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_output.ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Each_kind_of_failure_has_an_exit_code_that_help_and_documentation_list(string name)
    {
        var kind = Enum.Parse<FailureKind>(name);
        _run = (seed, options) => ScriptedRuns.Passed(seed) with { Kind = kind };
        var code = await RunAsync("--seed", "1", "--shrink", "0");
        Assert.Equal(ExitCode.Of(kind), code);
        Assert.Contains($"| {code} | {(kind == FailureKind.None ? "" : $"`{kind}` |")}", Sources.Text("docs/simulation.md"), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, await RunAsync("--help"));
        Assert.Contains(kind == FailureKind.None ? "0 no failure" : $"{code} {kind}", WhiteSpace().Replace(_output.ToString(), " "), StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_kinds_of_failure_share_an_exit_code()
    {
        var codes = Enum.GetValues<FailureKind>().Select(ExitCode.Of).Concat([ExitCode.Broken, ExitCode.Usage, ExitCode.Interrupted]).ToList();
        Assert.Equal(codes.Count, codes.Distinct().Count());
    }

    [Fact]
    public async Task The_last_line_counts_seeds_and_comparisons()
    {
        Assert.Equal(ExitCode.Done, await RunAsync("--seeds", "200", "--twice", "20"));
        Assert.Equal("220 passed, 0 failed", LastLine());
        Assert.Contains("200 seeds (1 to 200), 20 of them run twice", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seeds_begin_where_they_are_told_to()
    {
        var begun = new ConcurrentBag<ulong>();
        _run = (seed, _) =>
        {
            begun.Add(seed);
            return ScriptedRuns.Passed(seed);
        };
        await RunAsync("--seeds", "3", "--first", "100", "--threads", "2");
        Assert.Equal([100ul, 101, 102], begun.Order().ToList());
    }

    [Fact]
    public async Task Minutes_alone_run_as_many_seeds_as_there_is_time_for()
    {
        _run = (seed, _) =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return ScriptedRuns.Passed(seed);
        };
        Assert.Equal(ExitCode.Done, await RunAsync("--minutes", "2.5", "--threads", "1"));
        Assert.Contains("3 seeds (1 to 3), in 180.0 s on 1 thread; the time is up", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_prints_each_event_once()
    {
        _run = (seed, options) =>
        {
            options.Listener!("1.000000 n1 starts");
            return ScriptedRuns.Passed(seed);
        };
        await RunAsync("--seed", "1", "--trace");
        Assert.StartsWith("1.000000 n1 starts\nshape    3 nodes", _output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_that_passes_shows_its_shape_its_faults_and_its_hash()
    {
        _run = (seed, _) => ScriptedRuns.Passed(seed, faults: 1);
        await RunAsync("--seed", "1");
        Assert.StartsWith(
            "shape    3 nodes, N=3 R=2 W=2\nfault    #1 Kill n2 at 1.000 s for 1.000 s, severity 0.50\nended    at 2.000000 s, after 100 steps, hash 00000000000003e9\nseed 1, in 0.0 s on 1 thread\n",
            _output.ToString().ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_report_says_all_that_is_needed_to_see_it_again()
    {
        _run = NeedsFaults(3, 7);
        Assert.Equal(ExitCode.Of(FailureKind.LostWrite), await RunAsync("--seeds", "50", "--first", "42"));
        var report = _output.ToString().ReplaceLineEndings("\n");
        foreach (var expected in (string[])[
            "SEED 42 FAILED: LostWrite, found by AnOracle (exit code 10)\n  it broke with 9 faults\n", "commit   abc with local changes\n", "shape    3 nodes, N=3 R=2 W=2\n", "hash 0000000000000412",
            "the last 1 events (seconds, who, what)\n  0.5 n1 an event\n", "its faults, shrunk from 9 to 2 in ", "  #3 Kill n1 at 3.000 s", "  #7 Kill n2 at 7.000 s", "with these alone: LostWrite, found by AnOracle\n  it broke with 2 faults\n",
            "-- --seed 42 --trace\n", "-- --seed 42 --faults 3,7 --trace\n", "Assert.Null(Replay.Failure(42, [3, 7]));\n"])
        {
            Assert.Contains(expected, report, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_failure_without_any_fault_says_so()
    {
        _run = (seed, options) => ScriptedRuns.Failed(seed, FailureKind.Causality, options.Faults?.Count ?? 5);
        await RunAsync("--seed", "7");
        Assert.Contains("shrunk from 5 to 0 in 2 runs", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("--seed 7 --faults none --trace", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_that_does_not_come_again_is_called_not_deterministic()
    {
        var runs = 0;
        _run = (seed, _) => ++runs == 1 ? ScriptedRuns.Failed(seed, FailureKind.Session, 3) : ScriptedRuns.Passed(seed);
        Assert.Equal(ExitCode.Of(FailureKind.Session), await RunAsync("--seed", "7"));
        Assert.Contains("run again with the same 3 faults it passes", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("--seed 7 --twice 1", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_runs_that_differ_are_compared_event_by_event()
    {
        var runs = 0ul;
        _run = (seed, options) =>
        {
            options.Listener?.Invoke("same");
            options.Listener?.Invoke($"run {++runs}");
            return ScriptedRuns.Passed(seed) with { Hash = ++runs };
        };
        Assert.Equal(ExitCode.Of(FailureKind.Nondeterminism), await RunAsync("--seed", "7", "--twice", "1"));
        Assert.Contains("two runs first differ at event 2; before it\n  same\nand then, in one run and in the other\n  run 3\n  run 5\n", _output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal("1 passed, 1 failed", LastLine());
    }

    [Fact]
    public async Task Chosen_faults_are_those_of_the_seed_with_these_numbers()
    {
        _run = NeedsFaults(3);
        Assert.Equal(ExitCode.Of(FailureKind.LostWrite), await RunAsync("--seed", "42", "--faults", "3,5"));
        Assert.Equal(ExitCode.Done, await RunAsync("--seed", "42", "--faults", "5"));
        Assert.Equal(ExitCode.Done, await RunAsync("--seed", "42", "--faults", "none"));
        Assert.Contains("its faults, shrunk from 2 to 1", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_the_simulator_itself_has_a_code_of_its_own()
    {
        _run = (_, _) => throw new InvalidOperationException("oops");
        Assert.Equal(ExitCode.Broken, await RunAsync("--seeds", "3", "--threads", "1"));
        Assert.Contains("The simulator itself failed at seed 1", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal("0 passed, 1 failed", LastLine());
    }

    [Fact]
    public async Task Json_is_one_document_and_nothing_else()
    {
        _run = NeedsFaults(3, 7);
        await RunAsync("--seed", "42", "--json");
        using var document = JsonDocument.Parse(_output.ToString());
        var root = document.RootElement;
        Assert.Equal((0, 1, "Failure"), (root.GetProperty("passed").GetInt32(), root.GetProperty("failed").GetInt32(), root.GetProperty("end").GetString()));
        var failure = root.GetProperty("failure");
        Assert.Equal((42, "LostWrite", 10, 9, 2), (failure.GetProperty("seed").GetInt32(), failure.GetProperty("kind").GetString(), failure.GetProperty("exitCode").GetInt32(), failure.GetProperty("faults").GetArrayLength(), failure.GetProperty("shrunk").GetArrayLength()));
    }

    [Fact]
    public async Task An_idle_cluster_is_measured_by_itself()
    {
        Assert.Equal(ExitCode.Done, await RunAsync("--measure-idle"));
        Assert.Equal("five idle nodes: 3600 s of virtual time in 2.000 s of real time, 1,800 times as fast; 12345 steps", LastLine());
        Assert.Equal(ExitCode.Usage, await RunAsync("--measure-idle", "--seeds", "3"));
        _idle = _idle with { Problem = "n1 logged an error" };
        Assert.Equal(ExitCode.Broken, await RunAsync("--measure-idle"));
        Assert.Equal("n1 logged an error", LastLine());
    }

    [Fact]
    public async Task The_membership_protocol_is_measured_in_parts_or_whole()
    {
        Assert.Equal(ExitCode.Done, await RunAsync("--swim"));
        Assert.Equal((6, 1UL, 1000), _swim);
        Assert.Equal(ExitCode.Done, await RunAsync("--swim", "rest,split", "--members", "30", "--seed", "9"));
        Assert.Equal((2, 9UL, 30), _swim);
        Assert.Equal(ExitCode.Usage, await RunAsync("--swim", "rest", "--seeds", "3"));
        Assert.Equal(ExitCode.Usage, await RunAsync("--swim", "nothing"));
        Assert.Equal(ExitCode.Usage, await RunAsync("--seed", "3", "--members", "30"));
    }

    [Fact]
    public async Task Planted_bugs_are_hunted_all_or_those_that_are_named()
    {
        Assert.Equal(MutationCampaign.SomeNotFound, await RunAsync("--mutations"));
        Assert.Equal((0, 500, null), (_hunt!.Names.Count, _hunt.Seeds, _hunt.Markdown));
        await RunAsync("--mutations", "one,two", "--seeds", "7", "--threads", "3", "--markdown", "table.md");
        Assert.Equal(["one", "two"], _hunt.Names);
        Assert.Equal((7, 3, "table.md"), (_hunt.Seeds, _hunt.Processes, _hunt.Markdown));
        Assert.Equal(ExitCode.Usage, await RunAsync("--mutations", "--trace"));
        Assert.Contains("leave out --trace", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_a_line_now_and_then_where_nobody_watches()
    {
        var terminal = Terminal();
        ProgressView.Watch(terminal, progress =>
        {
            progress.Say(("seeds", "1 of 9"));
            _time.Advance(TimeSpan.FromSeconds(6));
            progress.Say(("seeds", "5 of 9"), ("faults", "2"));
            progress.Say(("seeds", "6 of 9"));
            return 0;
        });
        Assert.Equal("seeds: 5 of 9; faults: 2", _error.ToString().Trim());
        await _error.FlushAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Live_texts_say_how_far_it_is_and_what_takes_long()
    {
        var texts = CampaignTexts.Live(
            new CampaignProgress { Seeds = 40, SeedsAll = 100, Compared = 20, Failed = 1, Elapsed = TimeSpan.FromSeconds(20), VirtualTime = TimeSpan.FromHours(2), Done = 1234, OldestSeed = 17, OldestTime = TimeSpan.FromSeconds(11) }, null).ToDictionary();
        Assert.Equal("40 of 100, 2 a second, 30 s left, 20 run twice, 1 FAILED", texts["seeds"]);
        Assert.Equal("2.00 h, 360 times real time", texts["virtual time"]);
        Assert.Equal("1,234 done, 0 not done, 0 unknown", texts["writes"]);
        Assert.Equal("seed 17, for 11 s", texts["still runs"]);
    }

    [Fact]
    public void The_commit_is_that_of_the_checkout() => Assert.NotEmpty(Checkout.Describe());

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    private static RunSeed NeedsFaults(params int[] needed) => (seed, options) =>
    {
        var faults = options.Faults ?? ScriptedRuns.Faults(9);
        var fails = needed.All(number => faults.Any(fault => fault.Number == number));
        return (fails ? ScriptedRuns.Failed(seed, FailureKind.LostWrite, faults.Count) : ScriptedRuns.Passed(seed)) with { Faults = faults };
    };

    private string LastLine() => _output.ToString().TrimEnd().Split('\n')[^1].TrimEnd();

    private Terminal Terminal()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_error), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        return new Terminal { Output = _output, Error = _error, Live = console, Time = _time, Commit = () => "abc with local changes" };
    }

    private Task<int> RunAsync(params string[] args) => new SimulationCommandLine(
        Terminal(),
        new ProgramActions((seed, options) => _run(seed, options), () => _idle, (options, _) =>
        {
            _hunt = options;
            return Task.FromResult(MutationCampaign.SomeNotFound);
        })
        {
            MeasureSwim = (_, parts, seed, members) => _swim = (parts.Count, seed, members),
        }).RunAsync(args, TestContext.Current.CancellationToken);
}
