using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

/// <summary>In what a node's options differ from the topology in force.</summary>
internal static class OptionsDifference
{
    /// <summary>Each difference in a sentence; empty if there is none.</summary>
    public static IReadOnlyList<string> Of(Topology options, Topology inForce)
    {
        var found = new List<string>();
        Add("ClusterId", options.ClusterId, inForce.ClusterId);
        Add("N", options.Quorums.Copies, inForce.Quorums.Copies);
        Add("R", options.Quorums.Reads, inForce.Quorums.Reads);
        Add("W", options.Quorums.Writes, inForce.Quorums.Writes);
        var (mine, theirs) = (options.Members.ToArray().ToDictionary(member => member.Id), inForce.Members.ToArray().ToDictionary(member => member.Id));
        foreach (var id in mine.Keys.Union(theirs.Keys).Order())
        {
            if (!theirs.TryGetValue(id, out var there))
            {
                found.Add($"{id} is in the options and no member of the cluster.");
            }
            else if (!mine.TryGetValue(id, out var here))
            {
                found.Add($"{id} is a member of the cluster and not in the options.");
            }
            else
            {
                Add($"The peer address of {id}", here.PeerEndpoint, there.PeerEndpoint);
                Add($"The HTTP address of {id}", here.HttpEndpoint, there.HttpEndpoint);
                Add($"The Redis address of {id}", here.RedisEndpoint, there.RedisEndpoint);
                Add($"The zone of {id}", here.Zone, there.Zone);
                Add($"The weight of {id}", here.Weight, there.Weight);
            }
        }

        Add("The list of policies", Text(options.Policies), Text(inForce.Policies));
        return found;

        void Add<T>(string what, T here, T there)
        {
            if (!Equals(here, there))
            {
                found.Add($"{what} is {Said(there)} in the cluster and {Said(here)} in the options.");
            }
        }

        static string Said<T>(T value) => value?.ToString() is { Length: > 0 } text ? text : "not set";
    }

    private static string Text(ConflictPolicies policies) => string.Join(", ", policies.Rules.ToArray().Select(rule => $"{System.Text.Encoding.UTF8.GetString(rule.Prefix.Span)}: {(rule.Policy == ConflictPolicy.LastWriteWins ? "lww" : "siblings")}"));
}
