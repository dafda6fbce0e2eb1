using System.Diagnostics;
using System.Globalization;
using System.Text;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Mutations;

/// <summary>What a campaign does.</summary>
internal sealed record CampaignOptions
{
    /// <summary>The mutations to plant and hunt; empty for all that must be found, and for the table for those that need not as well.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Seeds that each is given; some more, by their <see cref="Mutation.Rarity"/>.</summary>
    public int Seeds { get; init; } = 500;

    /// <summary>Seeds that must pass while none is chosen.</summary>
    public int CleanSeeds { get; init; } = 20;

    /// <summary>Processes at a time.</summary>
    public int Processes { get; init; } = 2;

    /// <summary>Where the table goes as Markdown; null for nowhere.</summary>
    public string? Markdown { get; init; }
}

/// <summary>
/// Plants every mutation in a copy of the sources, and runs seeds with each until an oracle finds it. A mutation that none finds is a promise that nobody checks.
/// </summary>
internal sealed class MutationCampaign(TextWriter output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>All were found.</summary>
    public const int AllFound = 0;

    /// <summary>Some were not.</summary>
    public const int SomeNotFound = 1;

    /// <summary>The campaign could not be run.</summary>
    public const int CouldNotRun = 2;

    /// <summary>Plants, builds, hunts, and prints what became of each mutation as soon as that is known. <paramref name="original"/> runs a seed of the code without mutations, this program's.</summary>
    public async Task<int> RunAsync(CampaignOptions options, Func<ulong, RunResult> original, CancellationToken cancellationToken)
    {
        try
        {
            var mutations = Choose(options.Names, andThoseThatMayEscape: options.Names.Count > 0 || options.Markdown is not null);
            output.WriteLine($"{mutations.Count} mutations are planted in a copy of the sources, which is built.");
            using var tree = await MutatedTree.MakeAsync(MutatedTree.FindRoot(), mutations, cancellationToken);
            return await HuntAsync(options, mutations, new Hunter(tree.Program, Patience).HuntAsync, original, cancellationToken);
        }
        catch (PlantingException e)
        {
            output.WriteLine(e.Message);
            return CouldNotRun;
        }
    }

    /// <summary>The same with the copy built and a way to hunt in it.</summary>
    public async Task<int> HuntAsync(CampaignOptions options, IReadOnlyList<Mutation> mutations, Hunt hunt, Func<ulong, RunResult> original, CancellationToken cancellationToken)
    {
        if (await ProblemOfCleanAsync(options.CleanSeeds, hunt, original, cancellationToken) is { } problem)
        {
            output.WriteLine(problem);
            return CouldNotRun;
        }

        var hunted = new Hunted[mutations.Count];
        var turns = new ParallelOptions { MaxDegreeOfParallelism = options.Processes, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, mutations.Count, turns, async (i, stopping) =>
        {
            var began = Stopwatch.GetTimestamp();
            var seeds = 0;
            var found = await hunt(mutations[i].Name, mutations[i].From, options.Seeds * mutations[i].Rarity, _ => seeds++, stopping);
            hunted[i] = new Hunted(mutations[i], found, seeds, Stopwatch.GetElapsedTime(began));
            lock (output)
            {
                output.WriteLine(hunted[i]);
                output.Flush();
            }
        });

        if (options.Markdown is { } path)
        {
            await File.WriteAllTextAsync(path, Table(hunted), cancellationToken);
        }

        var missed = hunted.Count(one => one is { Found: null, Mutation.MayEscape: null });
        foreach (var one in hunted.Where(one => one is { Found: null, Mutation.MayEscape: not null }))
        {
            output.WriteLine($"{one.Mutation.Name} does not count: {one.Mutation.MayEscape}");
        }

        output.WriteLine($"{hunted.Count(one => one.Found is not null)} planted bugs found, {missed} not");
        return missed == 0 ? AllFound : SomeNotFound;
    }

    /// <summary>What became of them, as a table in Markdown.</summary>
    public static string Table(IReadOnlyList<Hunted> hunted)
    {
        var table = new StringBuilder("| Mutation | What the code does wrong | Seeds | Found as | By |\n|---|---|---:|---|---|\n");
        foreach (var one in hunted)
        {
            var seeds = one.Found is null ? $"not in {one.Seeds}" : one.Seeds.ToString(CultureInfo.InvariantCulture);
            seeds = one.Mutation.From == 1 ? seeds : $"{seeds}, from {one.Mutation.From} on";
            table.Append($"| `{one.Mutation.Name}` | {one.Mutation.Sentence} | {seeds} | {one.Found?.Kind ?? one.Mutation.MayEscape} | {one.Found?.Oracle} |\n");
        }

        return table.ToString();
    }

    private static IReadOnlyList<Mutation> Choose(IReadOnlyList<string> names, bool andThoseThatMayEscape)
    {
        var unknown = names.FirstOrDefault(name => Catalogue.All.All(mutation => mutation.Name != name));
        return unknown is null
            ? [.. Catalogue.All.Where(mutation => (names.Count == 0 || names.Contains(mutation.Name)) && (andThoseThatMayEscape || mutation.MayEscape is null))]
            : throw new PlantingException($"There is no mutation {unknown}. There are: {string.Join(", ", Catalogue.All.Select(mutation => mutation.Name))}.");
    }

    // With none chosen the copy must do exactly what the original does, or what is found is the planting.
    private async Task<string?> ProblemOfCleanAsync(int seeds, Hunt hunt, Func<ulong, RunResult> original, CancellationToken cancellationToken)
    {
        string? problem = null;
        var failed = await hunt(null, 1, seeds, verdict =>
        {
            if (verdict.Kind is null && original(verdict.Seed).Hash != verdict.Hash)
            {
                problem ??= $"With no mutation chosen seed {verdict.Seed} runs otherwise in the copy than in the original: a mutation changes the code also while it is not chosen, or this program is older than the sources.";
            }
        }, cancellationToken);
        problem = failed is null ? problem : $"With no mutation chosen seed {failed.Seed} fails in the copy ({failed.Kind}): {failed.Message}";
        if (problem is null)
        {
            output.WriteLine($"With none chosen {seeds} seeds pass, and run as the original does.");
        }

        return problem;
    }
}
