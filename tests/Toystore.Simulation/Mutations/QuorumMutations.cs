namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes in counting owners.</summary>
internal static class QuorumMutations
{
    private const string Read = "src/Toystore.Core/Quorum/ReadQuorum.cs";
    private const string Write = "src/Toystore.Core/Quorum/WriteQuorum.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("write-counts-one-less", "A write is done when W - 1 owners hold it.", new Edit(
            Write,
            "(holders & _first).Count >= _neededOfFirst",
            "(holders & _first).Count >= (IsPlanted ? System.Math.Max(1, _neededOfFirst - 1) : _neededOfFirst)")),
        new("write-counts-lost", "An owner that did not answer counts as one that holds the write.", new Edit(
            Write,
            "            _lost.Add(owner);",
            "            if (IsPlanted)\n            {\n                _stored.Add(owner);\n                return;\n            }\n\n            _lost.Add(owner);")),
        new("write-forgets-stored", "A write that too few owners took is reported as not done, although some hold it.", new Edit(
            Write,
            "if ((_stored | _lost | _standInStored | _standInLost).Count > 0)",
            "if (((IsPlanted ? default : _stored) | _lost | _standInStored | _standInLost).Count > 0)")),
        new("read-counts-one-less", "A read is answered when R - 1 owners have answered.", new Edit(
            Read,
            "        _needed = needed;",
            "        _needed = IsPlanted ? System.Math.Max(1, needed - 1) : needed;")),
    ];
}
