namespace Toystore.Simulation.Mutations;

/// <summary>
/// A mistake that somebody could make in production code. It exists only in a copy of the source tree (<see cref="MutatedTree"/>), and there only while its name is chosen: what it takes to be found says what the oracles are worth.
/// </summary>
/// <param name="Name">Its name in a word or a few, with hyphens.</param>
/// <param name="Sentence">What the code does wrong with it.</param>
/// <param name="Edits">Where it is planted.</param>
internal sealed record Mutation(string Name, string Sentence, params IReadOnlyList<Edit> Edits)
{
    /// <summary>Why it need not be found: it is hunted when it is named, and for the table. Null for all that must be.</summary>
    public string? MayEscape { get; init; }

    /// <summary>How many times as many seeds as the others it is given: more where several things have to meet that seldom do.</summary>
    public int Rarity { get; init; } = 1;

    /// <summary>The first seed that it is hunted in. Not 1 where hundreds have to pass before one finds it: then a few before that one, so that each campaign need not run them all.</summary>
    public int From { get; init; } = 1;
}

/// <summary>A place in the sources, by its text, and what takes that place.</summary>
/// <param name="File">A path from the root of the sources.</param>
/// <param name="Original">What stands there, exactly and only once.</param>
/// <param name="Planted">What takes its place. <see cref="Planting.Switch"/> in it is true while the mutation is chosen; while it is not, this must do what the original did.</param>
internal sealed record Edit(string File, string Original, string Planted);

/// <summary>A mistake that nobody can make yet.</summary>
/// <param name="Sentence">What the code would do wrong.</param>
/// <param name="Missing">What is not there yet.</param>
internal sealed record LaterMutation(string Sentence, string Missing);
