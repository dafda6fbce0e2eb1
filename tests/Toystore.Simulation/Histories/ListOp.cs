using System.Globalization;
using Toystore.Core;

namespace Toystore.Simulation.Histories;

/// <summary>A listing of keys, all its pages together.</summary>
internal sealed class ListOp(int client, int node, int needed) : Operation(client, node, default)
{
    /// <summary>Owners of each slot that had to answer.</summary>
    public int Needed => needed;

    /// <summary>The keys; null if some page was not to be had.</summary>
    public IReadOnlyList<Key>? Keys { get; set; }

    /// <summary>For a person.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"the listing by {Who} ({Where}, R = {needed}) {(Keys is null ? "failed" : $"has {string.Join(", ", Keys)}")}");
}
