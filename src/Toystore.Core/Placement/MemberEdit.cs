namespace Toystore.Core.Placement;

/// <summary>The members of the next document in the making. Each change is applied to what those before it have left; what is against one is said, and the others go on.</summary>
internal sealed class MemberEdit
{
    private readonly Topology _last;
    private readonly SortedDictionary<NodeId, (Member Member, ulong Since)> _members = [];
    private readonly Dictionary<NodeId, FormerMember> _former = [];
    private readonly ulong _number;
    private readonly MemberExit _exit;

    /// <param name="last">The last document.</param>
    /// <param name="exit">How those go that are removed.</param>
    public MemberEdit(Topology last, MemberExit exit)
    {
        (_last, _number, _exit, Policies) = (last, last.Epoch.Number + 1, exit, last.Policies);
        foreach (var member in last.Members)
        {
            _members.Add(member.Id, (member, last.SinceOf(member.Id)));
        }

        foreach (var former in last.Former)
        {
            _former.Add(former.Id, former);
        }
    }

    public ConflictPolicies Policies { get; private set; }

    /// <summary>What is against the changes, in sentences.</summary>
    public List<string> Reasons { get; } = [];

    /// <summary>True if something has changed.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>True if it matters for who owns what.</summary>
    public bool MovesSlots { get; private set; }

    /// <summary>Who was removed.</summary>
    public HashSet<NodeId> Removed { get; } = [];

    /// <summary>Who stays after all.</summary>
    public HashSet<NodeId> Stayed { get; } = [];

    /// <summary>Who takes whose places.</summary>
    public Dictionary<NodeId, NodeId> Successors { get; } = [];

    public Member[] Members => [.. _members.Values.Select(pair => pair.Member)];

    public ulong[] Since => [.. _members.Values.Select(pair => pair.Since)];

    /// <summary>All former members; those that are remembered are <see cref="Remembered"/>.</summary>
    public IEnumerable<FormerMember> Former => _former.Values;

    public bool IsPresent(NodeId id) => _members.TryGetValue(id, out var found) && found.Member.Phase == MemberPhase.Present;

    /// <summary>The last <see cref="Topology.FormerMax"/>, and those that are named, in order.</summary>
    public static FormerMember[] Remembered(IEnumerable<FormerMember> former, HashSet<NodeId> named)
    {
        FormerMember[] all = [.. former.OrderBy(one => one.Gone).ThenBy(one => one.Id)];
        return [.. all.Where((one, i) => i >= all.Length - Topology.FormerMax || named.Contains(one.Id))];
    }

    public void Apply(TopologyChange change)
    {
        switch (change)
        {
            case TopologyChange.Join(var member):
                Join(member);
                break;
            case TopologyChange.Leave(var node):
                Leave(node);
                break;
            case TopologyChange.Stay(var node):
                Stay(node);
                break;
            case TopologyChange.Remove(var node):
                Remove(node);
                break;
            case TopologyChange.Replace(var old, var @new, var isLost):
                Replace(old, @new, isLost);
                break;
            case TopologyChange.Reweigh(var node, var weight):
                Put(node, member => member with { Weight = weight }, movesSlots: true);
                break;
            case TopologyChange.Rezone(var node, var zone):
                Put(node, member => member with { Zone = zone }, movesSlots: true);
                break;
            case TopologyChange.Readdress(var node, var peer, var http, var redis):
                Put(node, member => member with { PeerEndpoint = peer, HttpEndpoint = http, RedisEndpoint = redis }, movesSlots: false);
                break;
            case TopologyChange.SetPolicies(var rules):
                SetPolicies(rules);
                break;
            default:
                throw new InvariantException($"an unknown change: {change}");
        }
    }

    private bool Join(Member member)
    {
        if (_members.TryGetValue(member.Id, out var found))
        {
            if (found.Member.PeerEndpoint != member.PeerEndpoint)
            {
                Reasons.Add($"{member.Id} is a member already, at {found.Member.PeerEndpoint}; a node that joins needs an id of its own.");
            }

            return false;
        }

        if (_former.TryGetValue(member.Id, out var former))
        {
            Reasons.Add($"{Described(former)}, and an id never returns; it can join as a new node, with an empty data directory.");
            return false;
        }

        _members.Add(member.Id, (member with { Phase = MemberPhase.Present }, _number));
        (IsTouched, MovesSlots) = (true, true);
        return true;
    }

    private void Leave(NodeId node)
    {
        if (!_former.ContainsKey(node))
        {
            SetPhase(node, MemberPhase.Leaving);
        }
    }

    private void Stay(NodeId node)
    {
        if (SetPhase(node, MemberPhase.Present))
        {
            Stayed.Add(node);
        }
    }

    private void Remove(NodeId node)
    {
        if (_former.ContainsKey(node) || !IsMember(node))
        {
            return;
        }

        _members.Remove(node);
        _former.Add(node, new FormerMember(node, _number, _exit));
        Removed.Add(node);
        (IsTouched, MovesSlots) = (true, true);
    }

    private void Replace(NodeId old, Member successor, bool isLost)
    {
        var isThere = _members.ContainsKey(old);
        if (!isThere && !(_former.ContainsKey(old) && _members.ContainsKey(successor.Id)))
        {
            IsMember(old);
            return;
        }

        if (Successors.TryGetValue(old, out var other) && other != successor.Id)
        {
            Reasons.Add($"{old} cannot be replaced by {other} and by {successor.Id}.");
            return;
        }

        if (Join(successor))
        {
            Successors.Add(old, successor.Id);
        }

        if (isThere && _members.ContainsKey(successor.Id) && isLost)
        {
            Remove(old);
        }
        else if (isThere && _members.ContainsKey(successor.Id))
        {
            Leave(old);
        }
    }

    private bool SetPhase(NodeId node, MemberPhase phase)
    {
        if (!IsMember(node) || _members[node].Member.Phase == phase)
        {
            return false;
        }

        _members[node] = (_members[node].Member with { Phase = phase }, _number);
        (IsTouched, MovesSlots) = (true, true);
        return true;
    }

    private void Put(NodeId node, Func<Member, Member> change, bool movesSlots)
    {
        if (!IsMember(node))
        {
            return;
        }

        var (member, since) = _members[node];
        if (change(member) is { } changed && changed != member)
        {
            _members[node] = (changed, since);
            (IsTouched, MovesSlots) = (true, MovesSlots || movesSlots);
        }
    }

    private void SetPolicies(IReadOnlyList<PolicyRule> rules)
    {
        var policies = new ConflictPolicies(rules);
        if (!policies.Rules.SequenceEqual(Policies.Rules))
        {
            (Policies, IsTouched) = (policies, true);
        }
    }

    private bool IsMember(NodeId node)
    {
        if (_members.ContainsKey(node))
        {
            return true;
        }

        Reasons.Add(_former.TryGetValue(node, out var former) ? $"{Described(former)}." : $"{node} is no member; the members are {Names()}.");
        return false;
    }

    private string Names()
    {
        const int Shown = 20;
        var names = string.Join(' ', _members.Keys.Take(Shown));
        return _members.Count > Shown ? FormattableString.Invariant($"{names} and {_members.Count - Shown} more") : names;
    }

    private static string Described(FormerMember former) =>
        FormattableString.Invariant($"{former.Id} {(former.Exit == MemberExit.Left ? "left" : "was removed from")} the cluster with document {former.Gone}");
}
