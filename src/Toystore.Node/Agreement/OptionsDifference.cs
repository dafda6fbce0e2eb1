using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

/// <summary>In what a node's options differ from the topology in force.</summary>
internal static class OptionsDifference
{
    /// <summary>Each difference in a sentence; empty if there is none. <paramref name="here"/> and <paramref name="there"/>: what the two are called.</summary>
    public static IReadOnlyList<string> Of(Topology options, Topology inForce, string here = "in the options", string there = "in the cluster")
    {
        var found = new List<string>();
        Add("ClusterId", options.ClusterId, inForce.ClusterId);
        Add("N", options.Quorums.Copies, inForce.Quorums.Copies);
        Add("R", options.Quorums.Reads, inForce.Quorums.Reads);
        Add("W", options.Quorums.Writes, inForce.Quorums.Writes);
        var (mine, theirs) = (options.Members.ToArray().ToDictionary(member => member.Id), inForce.Members.ToArray().ToDictionary(member => member.Id));
        foreach (var id in mine.Keys.Union(theirs.Keys).Order())
        {
            if (!theirs.TryGetValue(id, out var its))
            {
                found.Add($"{id} is in the options and no member of the cluster.");
            }
            else if (!mine.TryGetValue(id, out var own))
            {
                found.Add($"{id} is a member of the cluster and not in the options.");
            }
            else
            {
                Add($"The peer address of {id}", own.PeerEndpoint, its.PeerEndpoint);
                Add($"The HTTP address of {id}", own.HttpEndpoint, its.HttpEndpoint);
                Add($"The Redis address of {id}", own.RedisEndpoint, its.RedisEndpoint);
                Add($"The zone of {id}", own.Zone, its.Zone);
                Add($"The weight of {id}", own.Weight, its.Weight);
            }
        }

        Add("The list of policies", Text(options.Policies), Text(inForce.Policies));
        return found;

        void Add<T>(string what, T mine, T other)
        {
            if (!Equals(mine, other))
            {
                found.Add($"{what} is {Said(other)} {there} and {Said(mine)} {here}.");
            }
        }

        static string Said<T>(T value) => value?.ToString() is { Length: > 0 } text ? text : "not set";
    }

    private static string Text(ConflictPolicies policies) => string.Join(", ", policies.Rules.ToArray().Select(rule => $"{System.Text.Encoding.UTF8.GetString(rule.Prefix.Span)}: {(rule.Policy == ConflictPolicy.LastWriteWins ? "lww" : "siblings")}"));
}
