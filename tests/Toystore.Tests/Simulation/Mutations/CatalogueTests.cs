using System.Text.RegularExpressions;
using Toystore.Simulation.Mutations;
using Toystore.Tests.Tidy;

namespace Toystore.Tests.Simulation.Mutations;

public sealed partial class CatalogueTests
{
    public static TheoryData<string> Files => new(Catalogue.All.SelectMany(mutation => mutation.Edits).Select(edit => edit.File).Distinct());

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_mutation_finds_its_place_in_the_sources_as_they_are(string file)
    {
        var planted = Planting.Plant(file, Sources.Text(file), Catalogue.All);

        var meant = Catalogue.All.Where(mutation => mutation.Edits.Any(edit => edit.File == file));
        Assert.All(meant, mutation => Assert.Contains($"Planted.Is(\"{mutation.Name}\")", planted, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Planted_code_closes_what_it_opens(string file)
    {
        var original = Sources.Text(file);
        var planted = Planting.Plant(file, original, Catalogue.All);

        foreach (var (open, close) in (ReadOnlySpan<(char, char)>)[('(', ')'), ('{', '}'), ('[', ']')])
        {
            Assert.Equal(original.Count(c => c == open) - original.Count(c => c == close), planted.Count(c => c == open) - planted.Count(c => c == close));
        }
    }

    [Fact]
    public void Mutations_are_only_in_production_code() => Assert.All(Files, file => Assert.StartsWith("src/", file, StringComparison.Ordinal));

    [Fact]
    public void Every_edit_asks_whether_it_is_chosen() =>
        Assert.All(Catalogue.All.SelectMany(mutation => mutation.Edits), edit => Assert.Contains(Planting.Switch, edit.Planted, StringComparison.Ordinal));

    [Fact]
    public void Names_are_unique() => Assert.DoesNotContain(Catalogue.All.GroupBy(mutation => mutation.Name), same => same.Count() > 1);

    [Fact]
    public void Names_are_words_with_hyphens() => Assert.All(Catalogue.All, mutation => Assert.Matches(Name(), mutation.Name));

    [Fact]
    public void Sentences_end_as_sentences_do() => Assert.All(Catalogue.All, mutation => Assert.EndsWith(".", mutation.Sentence, StringComparison.Ordinal));

    [GeneratedRegex("^[a-z]+(-[a-z]+)+$")]
    private static partial Regex Name();
}
