using Toystore.Simulation.Mutations;

namespace Toystore.Tests.Simulation.Mutations;

public sealed class PlantingTests
{
    private const string File = "src/Sum.cs";

    [Fact]
    public void An_edit_takes_the_place_of_the_original_and_asks_for_its_own_mutation()
    {
        var planted = Planting.Plant(File, "return a + b;", [Of("off-by-one", "a + b", "a + b + (IsPlanted ? 1 : 0)")]);

        Assert.Equal("return a + b + (Planted.Is(\"off-by-one\") ? 1 : 0);", planted);
    }

    [Fact]
    public void Several_edits_of_one_file_are_found_in_its_original_text()
    {
        var planted = Planting.Plant(File, "first; second;", [Of("two", "second", "IsPlanted first"), Of("one", "first", "IsPlanted second")]);

        Assert.Equal("Planted.Is(\"one\") second; Planted.Is(\"two\") first;", planted);
    }

    [Fact]
    public void An_edit_of_another_file_changes_nothing()
    {
        var planted = Planting.Plant("src/Other.cs", "return a + b;", [Of("off-by-one", "a + b", "IsPlanted")]);

        Assert.Equal("return a + b;", planted);
    }

    [Fact]
    public void Code_that_has_changed_is_named_with_its_mutation_and_file()
    {
        var thrown = Assert.Throws<PlantingException>(() => Planting.Plant(File, "return Add(a, b);", [Of("off-by-one", "a + b", "IsPlanted")]));

        Assert.StartsWith("The mutation off-by-one does not find its place in src/Sum.cs: the code has changed, adapt the mutation.", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_that_is_there_twice_is_none()
    {
        var thrown = Assert.Throws<PlantingException>(() => Planting.Plant(File, "a + b; a + b;", [Of("off-by-one", "a + b", "IsPlanted")]));

        Assert.StartsWith("The mutation off-by-one finds its place in src/Sum.cs more than once", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_mutations_of_the_same_text_are_refused()
    {
        var thrown = Assert.Throws<PlantingException>(() => Planting.Plant(File, "return a + b;", [Of("one", "a + b", "IsPlanted"), Of("two", "b;", "IsPlanted;")]));

        Assert.Contains("touch the same text", thrown.Message, StringComparison.Ordinal);
    }

    private static Mutation Of(string name, string original, string planted) => new(name, "It adds one.", new Edit(File, original, planted));
}
