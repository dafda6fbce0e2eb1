using System.Globalization;

namespace Toystore.Tests.Core.Agreement;

/// <summary>
/// The register of docs/decisions/0010 on random runs. <c>TOYSTORE_REGISTER_RUNS=1000000</c> makes it a longer hunt, <c>TOYSTORE_REGISTER_SEED</c> starts elsewhere.
/// </summary>
public sealed class RegisterWorldTests
{
    private const ulong RunsByDefault = 1_000;

    public static TheoryData<string, int> Mistakes => new()
    {
        { nameof(Wrong.PromiseNotOnDisk), 50 },
        { nameof(Wrong.VoteNotOnDisk), 100 },
        { nameof(Wrong.OwnDecreeAnyway), 100 },
        { nameof(Wrong.EmptiedDiskAsTheOldOne), 100 },
        { nameof(Wrong.RolledBackDiskAsTheOldOne), 100 },
        { nameof(Wrong.NewAcceptorsDecide), 100 },
        { nameof(Wrong.MajorityTooSmall), 100 },
        { nameof(Wrong.ToldBeforeChosen), 100 },
        { nameof(Wrong.DoneWhenChosen), 100 },
    };

    [Fact]
    public void No_run_breaks_a_promise()
    {
        var first = Setting("TOYSTORE_REGISTER_SEED", 0);
        var runs = Setting("TOYSTORE_REGISTER_RUNS", RunsByDefault);
        var total = new RegisterOutcome();
        for (var seed = first; seed < first + runs; seed++)
        {
            var outcome = RegisterWorld.Run(seed);
            if (outcome.Violation is not null)
            {
                var trace = new List<string>();
                RegisterWorld.Run(seed, Wrong.Nothing, trace.Add);
                Assert.Fail($"seed {seed}: {outcome.Violation}\n{string.Join('\n', trace.TakeLast(50))}");
            }

            total.Chosen += outcome.Chosen;
            total.InFaults += outcome.InFaults;
            total.Done += outcome.Done;
            total.DisksLost += outcome.DisksLost;
            total.Forced += outcome.Forced;
        }

        var each = (int)runs;
        Assert.True(runs < 100 || total.InFaults > each, $"{total.InFaults} decrees in {runs} runs");
        Assert.True(runs < 100 || total.DisksLost > each / 2, $"{total.DisksLost} disks lost in {runs} runs");
        Assert.True(runs < 100 || total.Forced is > 0 && total.Forced < each / 5, $"{total.Forced} times forced in {runs} runs");
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Random_runs_catch_a_mistake(string mistake, int seeds)
    {
        var wrong = Enum.Parse<Wrong>(mistake);
        for (ulong seed = 0; seed < (ulong)seeds; seed++)
        {
            if (RegisterWorld.Run(seed, wrong).Violation is not null)
            {
                return;
            }
        }

        Assert.Fail($"{mistake} was not caught in {seeds} runs");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var traces = new List<string>[] { [], [] };
        foreach (var trace in traces)
        {
            RegisterWorld.Run(7, Wrong.Nothing, trace.Add);
        }

        Assert.NotEmpty(traces[0]);
        Assert.Equal(traces[0], traces[1]);
    }

    private static ulong Setting(string name, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
