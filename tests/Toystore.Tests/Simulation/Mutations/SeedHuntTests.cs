using System.Globalization;
using Toystore.Simulation.Mutations;
using Toystore.Simulation.Worlds;

namespace Toystore.Tests.Simulation.Mutations;

public sealed class SeedHuntTests : IDisposable
{
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Seeds_run_in_order_until_one_fails()
    {
        var code = SeedHunt.Run(["2", "5"], seed => Result(seed, seed == 3 ? FailureKind.LostWrite : FailureKind.None), _output);

        Assert.Equal(1, code);
        Assert.Equal(["2", "3"], Lines.Select(line => line.Split(',')[0].Split(':')[1]));
    }

    [Fact]
    public void All_seeds_run_if_none_fails()
    {
        var code = SeedHunt.Run(["1", "5"], seed => Result(seed, FailureKind.None), _output);

        Assert.Equal(0, code);
        Assert.Equal(5, Lines.Length);
    }

    [Fact]
    public void A_message_of_several_lines_is_still_one_line()
    {
        SeedHunt.Run(["1", "1"], seed => Result(seed, FailureKind.LostWrite), _output);

        Assert.Contains("\"Kind\":\"LostWrite\"", Assert.Single(Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_ends_before_its_time_has_crashed()
    {
        var verdicts = new List<SeedVerdict>();

        var found = await new Hunter("there-is-no-such-program.dll", TimeSpan.FromMinutes(1)).HuntAsync(null, 1, 5, verdicts.Add, TestContext.Current.CancellationToken);

        Assert.Equal((1UL, SeedVerdict.Crashed), (found!.Seed, found.Kind));
        Assert.Equal([found], verdicts);
    }

    private string[] Lines => _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static RunResult Result(ulong seed, FailureKind kind) => new(seed, kind, "reader", "it saw less\nthan before", [], seed, TimeSpan.Zero, default, "", []);
}
