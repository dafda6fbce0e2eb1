namespace Toystore.Core.Placement;

/// <summary>What is wrong with a cluster's configuration, all of it at once, in sentences.</summary>
internal static class TopologyProblems
{
    public static List<string> Of(ClusterId cluster, IReadOnlyCollection<Member> members, Quorums quorums, IReadOnlyCollection<PolicyRule> policies)
    {
        var problems = new List<string>();
        if (cluster.Value == Guid.Empty)
        {
            problems.Add("The cluster has no id.");
        }

        AddQuorums(quorums, problems);
        if (members.Count is 0 or > Topology.MembersMax)
        {
            problems.Add($"A cluster has 1 to {Topology.MembersMax} members; these are {members.Count}.");
        }
        else
        {
            AddMembers(members, problems);
        }

        AddPolicies(policies, problems);
        return problems;
    }

    public static List<string> OfPolicies(IReadOnlyCollection<PolicyRule> policies)
    {
        var problems = new List<string>();
        AddPolicies(policies, problems);
        return problems;
    }

    private static void AddQuorums(Quorums quorums, List<string> problems)
    {
        if (quorums.Copies is < 1 or > Quorums.CopiesMax)
        {
            problems.Add($"N is {quorums.Copies}; it must be 1 to {Quorums.CopiesMax}.");
            return;
        }

        AddQuorum("R", quorums.Reads);
        AddQuorum("W", quorums.Writes);

        void AddQuorum(string name, int answers)
        {
            if (answers < 1 || answers > quorums.Copies)
            {
                problems.Add($"{name} is {answers}; with N = {quorums.Copies} it must be 1 to {quorums.Copies}.");
            }
        }
    }

    private static void AddMembers(IReadOnlyCollection<Member> members, List<string> problems)
    {
        var ids = new HashSet<NodeId>();
        var users = new Dictionary<Endpoint, NodeId>();
        foreach (var member in members)
        {
            if (member.Id.Value == 0)
            {
                problems.Add($"{member.Id}, at {member.PeerEndpoint}, is nobody's id; ids start at n1.");
            }

            if (!ids.Add(member.Id))
            {
                problems.Add($"{member.Id} is there more than once; every member needs an id of its own.");
            }

            if (member.Weight is < 1 or > Member.WeightMax)
            {
                problems.Add($"The weight of {member.Id} is {member.Weight}; it must be 1 to {Member.WeightMax}.");
            }

            if (member.Phase > MemberPhase.Leaving)
            {
                problems.Add($"The phase of {member.Id} is unknown ({(int)member.Phase}).");
            }

            if (!Member.IsZone(member.Zone))
            {
                problems.Add($"The zone of {member.Id}, \"{member.Zone}\", must be 1 to {Member.ZoneCharsMax} letters, digits, '-', '.' or '_'.");
            }

            AddEndpoint(member, "peer", member.PeerEndpoint);
            AddEndpoint(member, "HTTP", member.HttpEndpoint);
            AddEndpoint(member, "Redis", member.RedisEndpoint);
        }

        void AddEndpoint(Member member, string kind, Endpoint? given)
        {
            if (given is not { } endpoint)
            {
                return;
            }

            if (!endpoint.IsValid)
            {
                problems.Add($"The {kind} address of {member.Id}, \"{endpoint}\", is not a host and a port from 1 to 65535.");
            }
            else if (!users.TryAdd(endpoint, member.Id))
            {
                problems.Add(users[endpoint] == member.Id
                    ? $"{member.Id} uses {endpoint} for two things."
                    : $"{users[endpoint]} and {member.Id} both use {endpoint}.");
            }
        }
    }

    private static void AddPolicies(IReadOnlyCollection<PolicyRule> policies, List<string> problems)
    {
        if (policies.Count > ConflictPolicies.RulesMax)
        {
            problems.Add($"There are {policies.Count} conflict policies; at most {ConflictPolicies.RulesMax} are possible.");
            return;
        }

        var seen = new List<PolicyRule>();
        foreach (var rule in policies)
        {
            if (rule.Policy is not (ConflictPolicy.Siblings or ConflictPolicy.LastWriteWins))
            {
                problems.Add($"The conflict policy of the prefix {Quote(rule)} is unknown ({(int)rule.Policy}).");
            }

            if (rule.Prefix.Length > Key.BytesMax)
            {
                problems.Add($"The prefix {Quote(rule)} of a conflict policy has {rule.Prefix.Length} bytes; a key has at most {Key.BytesMax}.");
            }

            if (seen.Exists(other => other.Prefix.Span.SequenceEqual(rule.Prefix.Span)))
            {
                problems.Add($"The prefix {Quote(rule)} has more than one conflict policy.");
            }

            seen.Add(rule);
        }
    }

    private static string Quote(PolicyRule rule)
    {
        const int BytesShown = 40;
        var bytes = rule.Prefix.Span;
        return $"\"{System.Text.Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, BytesShown)])}{(bytes.Length > BytesShown ? "…" : "")}\"";
    }
}
