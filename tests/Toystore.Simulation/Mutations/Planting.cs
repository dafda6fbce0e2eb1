namespace Toystore.Simulation.Mutations;

/// <summary>Puts mutations into the text of a source file, all at once.</summary>
internal static class Planting
{
    /// <summary>Stands in planted code for the question whether its mutation is chosen.</summary>
    public const string Switch = "IsPlanted";

    /// <summary>Where the class that answers it is written to: below everything else, so that all projects see it.</summary>
    public const string SwitchFile = "src/Toystore.Core/Planted.cs";

    /// <summary>The variable that chooses.</summary>
    public const string Variable = "TOYSTORE_PLANTED";

    /// <summary>The class that answers it. Without a namespace, so that it needs no using.</summary>
    public const string SwitchSource =
        $$"""
        public static class Planted
        {
            private static readonly string? Chosen = System.Environment.GetEnvironmentVariable("{{Variable}}");

            public static bool Is(string name) => Chosen == name;
        }

        """;

    /// <summary>The text of a file with every edit of the mutations that concern it.</summary>
    /// <exception cref="PlantingException">An edit does not fit the text any more.</exception>
    public static string Plant(string file, string text, IEnumerable<Mutation> mutations)
    {
        var places = new List<(int At, Mutation Mutation, Edit Edit)>();
        foreach (var mutation in mutations)
        {
            foreach (var edit in mutation.Edits)
            {
                if (edit.File == file)
                {
                    places.Add((Find(text, mutation, edit), mutation, edit));
                }
            }
        }

        places.Sort((one, other) => other.At.CompareTo(one.At));
        for (var i = 0; i < places.Count; i++)
        {
            var (at, mutation, edit) = places[i];
            if (i > 0 && at + edit.Original.Length > places[i - 1].At)
            {
                throw new PlantingException($"The mutations {mutation.Name} and {places[i - 1].Mutation.Name} touch the same text of {file}: plant one of them elsewhere.");
            }

            text = string.Concat(text.AsSpan(0, at), edit.Planted.Replace(Switch, $"Planted.Is(\"{mutation.Name}\")", StringComparison.Ordinal), text.AsSpan(at + edit.Original.Length));
        }

        return text;
    }

    private static int Find(string text, Mutation mutation, Edit edit)
    {
        var at = text.IndexOf(edit.Original, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new PlantingException($"The mutation {mutation.Name} does not find its place in {edit.File}: the code has changed, adapt the mutation. It looks for:\n{edit.Original}");
        }

        if (text.IndexOf(edit.Original, at + 1, StringComparison.Ordinal) >= 0)
        {
            throw new PlantingException($"The mutation {mutation.Name} finds its place in {edit.File} more than once: name more of the code around it. It looks for:\n{edit.Original}");
        }

        return at;
    }
}

/// <summary>Mutations do not fit the sources, or the sources with them do not build.</summary>
internal sealed class PlantingException(string message) : Exception(message);
