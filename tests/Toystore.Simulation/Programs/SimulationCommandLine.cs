using System.CommandLine;
using System.CommandLine.Invocation;
using Toystore.Simulation.Faults;
using Toystore.Simulation.Membership;
using Toystore.Simulation.Worlds;
using HuntOptions = Toystore.Simulation.Mutations.CampaignOptions;

namespace Toystore.Simulation.Programs;

/// <summary>The program: reads the command line, runs seeds, says what came of it.</summary>
internal sealed class SimulationCommandLine
{
    private readonly Terminal _terminal;
    private readonly ProgramActions _actions;
    private readonly Option<ulong?> _seed = Choices.Whole("--seed", "Run this seed.", 0, ulong.MaxValue);
    private readonly Option<ulong?> _seeds = Choices.Whole("--seeds", "Run so many seeds.", 1, 1_000_000_000);
    private readonly Option<ulong?> _first = Choices.Whole("--first", "The first of them. [default: 1]", 0, ulong.MaxValue - 1_000_000_000);
    private readonly Option<TimeSpan?> _minutes = Choices.Minutes("--minutes", "Begin no seed after so many minutes of real time. Without --seeds: run as many as there is time for.", 0.001);
    private readonly Option<bool> _trace = new("--trace") { Description = "Print every event of the seed." };
    private readonly Option<ulong?> _twice = Choices.Whole("--twice", "Run so many of the first seeds twice and compare all that happened.", 1, 1_000_000_000);
    private readonly Option<ulong?> _threads = Choices.Whole("--threads", "Worlds at the same time, each on its own thread. [default: one for each processor]", 1, 1024);
    private readonly Option<IReadOnlyList<int>?> _faults = Choices.Faults("--faults", "Run the seed with these of its faults only, or with 'none'.");
    private readonly Option<TimeSpan?> _shrink = Choices.Minutes("--shrink", "Spend at most so much time on leaving out faults of a seed that failed; 0 for none. [default: 1]", 0);
    private readonly Option<bool> _measureIdle = new("--measure-idle") { Description = "Run five idle nodes for an hour of virtual time, and say how long that takes." };
    private readonly Option<string?> _swim = new("--swim")
    {
        Description = "Measure the membership protocol in virtual time: some of " + string.Join(',', SwimReport.Parts) + ", or all. --seed: chance. [default: 1]",
        HelpName = "PARTS",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<ulong?> _members = Choices.Whole("--members", "With --swim: up to so many members. [default: 1000]", 10, 20_000);
    private readonly Option<string?> _mutations = new("--mutations")
    {
        Description = "Plant bugs in a copy of the sources and run seeds until each is found: these, or all. --seeds: how many each is given. [default: 500]",
        HelpName = "NAMES",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _markdown = new("--markdown") { Description = "Where the table of planted bugs goes.", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON at the end, and nothing else on the standard output." };

    /// <param name="terminal">Where it is.</param>
    /// <param name="actions">What it does.</param>
    public SimulationCommandLine(Terminal terminal, ProgramActions actions) => (_terminal, _actions) = (terminal, actions);

    /// <summary>Runs one command line; the result is an <see cref="ExitCode"/>.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken = default)
    {
        var parsed = Build().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
            {
                await _terminal.Error.WriteLineAsync(error.Message);
            }

            await _terminal.Error.WriteLineAsync("Try --help.");
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = _terminal.Output, Error = _terminal.Error, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) },
            cancellationToken);
    }

    private RootCommand Build()
    {
        var root = new RootCommand("Runs whole Toystore clusters in imaginary worlds, one for each seed, with faults, and checks every promise. docs/simulation.md says how to read what it finds.\n\n" + ExitCode.Summary);
        foreach (var option in (Option[])[_seed, _seeds, _first, _minutes, _trace, _twice, _threads, _faults, _shrink, _measureIdle, _swim, _members, _mutations, _markdown, _json])
        {
            root.Add(option);
        }

        root.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return parsed.GetResult(_swim) is not null ? await OnItsOwnThreadAsync(() => MeasureSwim(parsed))
                    : parsed.GetValue(_measureIdle) ? await OnItsOwnThreadAsync(() => MeasureIdle(parsed))
                    : parsed.GetResult(_mutations) is not null ? await HuntAsync(parsed, cancellationToken)
                    : await OnItsOwnThreadAsync(() => Run(parsed, cancellationToken));
            }
            catch (UsageException e)
            {
                await _terminal.Error.WriteLineAsync(e.Message);
                return ExitCode.Usage;
            }
        });
        return root;
    }

    /// <summary>Worlds run on threads where nothing else does; and this one must be free to hear Ctrl-C.</summary>
    private static Task<int> OnItsOwnThreadAsync(Func<int> work)
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                ended.SetResult(work());
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        });
        thread.Name = "program";
        thread.Start();
        return ended.Task;
    }

    private int MeasureSwim(ParseResult parsed)
    {
        foreach (var option in (Option[])[_seeds, _first, _minutes, _trace, _twice, _threads, _faults, _shrink, _measureIdle, _mutations, _json])
        {
            if (parsed.GetResult(option) is { Implicit: false })
            {
                throw new UsageException($"--swim takes --seed and --members only: leave out {option.Name}.");
            }
        }

        var parts = parsed.GetValue(_swim)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [.. SwimReport.Parts];
        if (parts.FirstOrDefault(part => !SwimReport.Parts.Contains(part)) is { } unknown)
        {
            throw new UsageException($"--swim measures no '{unknown}': it measures {string.Join(", ", SwimReport.Parts)}.");
        }

        _actions.MeasureSwim(_terminal.Output, parts, parsed.GetValue(_seed) ?? 1, (int)(parsed.GetValue(_members) ?? 1000));
        return ExitCode.Done;
    }

    private int MeasureIdle(ParseResult parsed)
    {
        if (parsed.Tokens.Count > 1)
        {
            throw new UsageException("--measure-idle runs no seeds: leave out everything else.");
        }

        var figures = _actions.MeasureIdle();
        _terminal.Output.WriteLine(figures);
        if (figures.Problem is { } problem)
        {
            _terminal.Output.WriteLine(problem);
            return ExitCode.Broken;
        }

        return ExitCode.Done;
    }

    private Task<int> HuntAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        foreach (var option in (Option[])[_seed, _first, _minutes, _trace, _twice, _faults, _shrink, _json])
        {
            if (parsed.GetResult(option) is { Implicit: false })
            {
                throw new UsageException($"--mutations takes --seeds, --threads and --markdown only: leave out {option.Name}.");
            }
        }

        return _actions.Hunt(
            new HuntOptions
            {
                Names = parsed.GetValue(_mutations)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
                Seeds = (int)(parsed.GetValue(_seeds) ?? 500),
                Processes = (int)(parsed.GetValue(_threads) ?? (ulong)Environment.ProcessorCount),
                Markdown = parsed.GetValue(_markdown),
            },
            cancellationToken);
    }

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = Options(parsed);
        var isJson = parsed.GetValue(_json);
        var run = parsed.GetValue(_faults) is { } numbers ? WithFaults(_actions.Run, Replay.Choose(_actions.Run, options.Seeds.First, numbers)) : _actions.Run;
        var traced = parsed.GetValue(_trace) ? WithListener(run, (isJson ? _terminal.Error : _terminal.Output).WriteLine) : run;
        var result = parsed.GetValue(_seed) is not null
            ? RunOne(traced, options, isJson, cancellationToken)
            : ProgressView.Watch(_terminal, progress => new Campaign(options, run, _terminal.Time).Run(now => progress.Say(CampaignTexts.Live(now, options.TimeMax)), cancellationToken));
        Report(result, options, run, parsed.GetValue(_shrink) ?? TimeSpan.FromMinutes(1), isJson, cancellationToken);
        return result switch
        {
            { Broken: not null } => ExitCode.Broken,
            { Failures: [var lowest, ..] } => ExitCode.Of(lowest.Kind),
            { End: CampaignEnd.Interrupted } => ExitCode.Interrupted,
            _ => ExitCode.Done,
        };
    }

    private CampaignResult RunOne(RunSeed run, CampaignOptions options, bool isJson, CancellationToken cancellationToken)
    {
        RunResult? last = null;
        var result = new Campaign(options, (seed, how) => last = run(seed, how), _terminal.Time).Run(cancellationToken: cancellationToken);
        if (last is { Kind: FailureKind.None } && result.Failures.Count == 0 && !isJson)
        {
            foreach (var line in CampaignTexts.Passed(last))
            {
                _terminal.Output.WriteLine(line);
            }
        }

        return result;
    }

    private CampaignOptions Options(ParseResult parsed)
    {
        if (parsed.GetValue(_members) is not null)
        {
            throw new UsageException("--members belongs to --swim: a seed decides how many nodes its world has.");
        }

        var (seed, seeds, minutes) = (parsed.GetValue(_seed), parsed.GetValue(_seeds), parsed.GetValue(_minutes));
        if (seed is null && seeds is null && minutes is null)
        {
            throw new UsageException("Say what to run: --seed 42 for one seed, --seeds 1000 or --minutes 10 for many. --help lists everything.");
        }

        if (seed is not null && (seeds is not null || minutes is not null || parsed.GetValue(_first) is not null))
        {
            throw new UsageException("--seed runs one seed: leave out --seeds, --first and --minutes, or leave out --seed.");
        }

        if (seed is null && (parsed.GetValue(_trace) || parsed.GetValue(_faults) is not null))
        {
            throw new UsageException("--trace and --faults are about one seed: name it with --seed.");
        }

        if (parsed.GetValue(_trace) && parsed.GetValue(_twice) is not null)
        {
            throw new UsageException("--trace prints one run: leave out --twice. If two runs differ, --twice says at which event.");
        }

        return new CampaignOptions
        {
            Seeds = seed is { } one ? SeedRange.One(one) : new SeedRange(parsed.GetValue(_first) ?? 1, seeds),
            TimeMax = minutes,
            Twice = parsed.GetValue(_twice) ?? 0,
            Threads = seed is null ? (int)(parsed.GetValue(_threads) ?? (ulong)Environment.ProcessorCount) : 1,
            KeepsResults = false,
        };
    }

    private void Report(CampaignResult result, CampaignOptions options, RunSeed run, TimeSpan shrinkMax, bool isJson, CancellationToken cancellationToken)
    {
        var text = isJson ? TextWriter.Null : _terminal.Output;
        Shrunk? shrunk = null;
        TraceDifference? difference = null;
        if (result.Broken is { } broken)
        {
            text.WriteLine($"The simulator itself failed at seed {broken.Seed}; see it again: {Commands.Replay(broken.Seed)}\n{broken.Thrown}");
        }
        else if (result.Failures is [var lowest, ..])
        {
            (shrunk, difference) = new FailureReport(_terminal, run, shrinkMax).Write(text, lowest, cancellationToken);
            text.WriteLine();
        }

        foreach (var line in CampaignTexts.Summary(result, options))
        {
            text.WriteLine(line);
        }

        if (isJson)
        {
            _terminal.Output.WriteLine(JsonReport.Of(result, options, _terminal.Commit(), shrunk, difference));
        }
    }

    private static RunSeed WithFaults(RunSeed run, IReadOnlyList<Fault> faults) => (seed, options) => run(seed, options with { Faults = options.Faults ?? faults }) with { Faults = options.Faults ?? faults };

    private static RunSeed WithListener(RunSeed run, Action<string> listener) => (seed, options) => run(seed, options with { Listener = listener });
}
