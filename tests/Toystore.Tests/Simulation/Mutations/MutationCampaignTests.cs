using System.Collections.Concurrent;
using System.Globalization;
using Toystore.Simulation.Mutations;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Mutations;

public sealed class MutationCampaignTests : IDisposable
{
    private static readonly Mutation Early = new("found-early", "It is found early.");
    private static readonly Mutation Never = new("found-never", "It is found never.");
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);

    private string Output => _output.ToString();

    public void Dispose() => _output.Dispose();

    [Fact]
    public async Task A_mutation_is_found_after_as_many_seeds_as_ran()
    {
        var code = await RunAsync([Early], Scripted);

        Assert.Equal(MutationCampaign.AllFound, code);
        Assert.Contains("found after   3 seeds", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_was_found_as_is_said_in_one_line()
    {
        await RunAsync([Early], Scripted);

        Assert.Contains("found-early: Session, reader: it saw less" + Environment.NewLine, Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_not_found_fails_the_campaign_and_is_counted_in_the_last_line()
    {
        var code = await RunAsync([Early, Never], Scripted);

        Assert.Equal(MutationCampaign.SomeNotFound, code);
        Assert.EndsWith("1 planted bugs found, 1 not" + Environment.NewLine, Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_may_escape_does_not_fail_the_campaign_and_its_reason_is_said()
    {
        var code = await RunAsync([Early, Never with { MayEscape = "it is nowhere" }], Scripted);

        Assert.Equal(MutationCampaign.AllFound, code);
        Assert.Contains("found-never does not count: it is nowhere" + Environment.NewLine, Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rare_one_is_given_more_seeds_and_one_that_is_found_late_is_not_hunted_from_the_first_on()
    {
        var given = new ConcurrentDictionary<string, (int First, int Seeds)>();
        await RunAsync([Early, Never with { Rarity = 4, From = 70 }], (name, first, seeds, ended, stopping) =>
        {
            given[name ?? "none"] = (first, seeds);
            return Scripted(name, first, seeds, ended, stopping);
        });

        Assert.Equal(((1, 500), (70, 2000)), (given["found-early"], given["found-never"]));
    }

    [Fact]
    public async Task The_copy_must_pass_while_no_mutation_is_chosen()
    {
        var code = await RunAsync([Early], (_, _, _, ended, _) => Failed(new SeedVerdict(1, "Stuck", null, "it waits", 0), ended));

        Assert.Equal(MutationCampaign.CouldNotRun, code);
        Assert.Contains("With no mutation chosen seed 1 fails in the copy (Stuck): it waits", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_copy_must_run_as_the_original_does_while_no_mutation_is_chosen()
    {
        var code = await RunAsync([Early], Scripted, seed => Result(seed, hash: seed == 7 ? 0 : seed));

        Assert.Equal(MutationCampaign.CouldNotRun, code);
        Assert.Contains("With no mutation chosen seed 7 runs otherwise", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_none_is_refused_with_those_that_there_are()
    {
        var code = await new MutationCampaign(_output).RunAsync(new CampaignOptions { Names = ["merge-drops-oldest"] }, seed => Result(seed, seed), TestContext.Current.CancellationToken);

        Assert.Equal(MutationCampaign.CouldNotRun, code);
        Assert.StartsWith("There is no mutation merge-drops-oldest. There are: merge-drops-newer, ", Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_has_a_row_for_each()
    {
        var table = MutationCampaign.Table([new Hunted(Early, new SeedVerdict(3, "Session", "reader", "it saw less", 0), 3, TimeSpan.Zero), new Hunted(Never with { From = 70 }, null, 500, TimeSpan.Zero)]);

        Assert.EndsWith("| `found-early` | It is found early. | 3 | Session | reader |\n| `found-never` | It is found never. | not in 500, from 70 on |  |  |\n", table, StringComparison.Ordinal);
    }

    private Task<int> RunAsync(IReadOnlyList<Mutation> mutations, Hunt hunt, Func<ulong, RunResult>? original = null) =>
        new MutationCampaign(_output).HuntAsync(new CampaignOptions(), mutations, hunt, original ?? (seed => Result(seed, seed)), TestContext.Current.CancellationToken);

    // Found at the third seed, if ever.
    private static Task<SeedVerdict?> Scripted(string? mutation, int first, int seeds, Action<SeedVerdict> ended, CancellationToken cancellationToken)
    {
        for (var seed = (ulong)first; seed < (ulong)(first + seeds); seed++)
        {
            if (mutation == Early.Name && seed == 3)
            {
                return Failed(new SeedVerdict(seed, "Session", "reader", "it saw less\nthan before", 0), ended);
            }

            ended(new SeedVerdict(seed, null, null, null, seed));
        }

        return Task.FromResult<SeedVerdict?>(null);
    }

    private static Task<SeedVerdict?> Failed(SeedVerdict verdict, Action<SeedVerdict> ended)
    {
        ended(verdict);
        return Task.FromResult<SeedVerdict?>(verdict);
    }

    private static RunResult Result(ulong seed, ulong hash) => new(seed, FailureKind.None, null, null, [], hash, TimeSpan.Zero, default, "", []);
}
