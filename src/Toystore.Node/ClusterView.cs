using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Coordination;
using Toystore.Node.Healing;
using Toystore.Node.Membership;
using Toystore.Node.Peers;

namespace Toystore.Node;

/// <summary>The cluster as this node sees it, for operators.</summary>
internal sealed class ClusterView(Func<ClusterSnapshot> cluster, IPeers peers, MembershipLoop? membership, Func<NodeStatus> self, RepairDesk repairs, TimeProvider time) : IClusterView
{
    private const int DifferingMax = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<ClusterStatus> StatusAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = cluster();
        var deadline = Deadline.After(Patience, time);
        var asked = snapshot.Topology.Members.ToArray()
            .Select(member => (Member: member, Reply: member.Id == snapshot.Self
                ? Task.FromResult<PeerReply>(new PeerReply.Status(self()))
                : peers.CallAsync(member.Id, snapshot.Epoch, PeerRequest.HowAreYou.Instance, deadline, cancellationToken).AsTask()))
            .ToList();
        var answers = new List<(Member Member, NodeStatus? Node)>();
        foreach (var (member, reply) in asked)
        {
            answers.Add((member, (await reply as PeerReply.Status)?.Node));
        }

        var members = answers.ConvertAll(answer => StatusOf(snapshot, answer.Member, answer.Node, answers));

        cancellationToken.ThrowIfCancellationRequested();
        var wanted = snapshot.Topology.Quorums;
        var kept = wanted.ForOwners(Math.Min(wanted.Copies, members.Count));
        return new ClusterStatus(
            snapshot.ClusterId.ToString(), snapshot.Epoch.ToString(), snapshot.Self.ToString(), members.All(member => member.Problem is null), Summary(members, wanted, kept), wanted.Copies, kept.Copies, kept.Reads,
            kept.Writes, members);
    }

    /// <inheritdoc/>
    public ValueTask<RingStatus> RingAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = cluster();
        var ranges = new List<SlotRange>();
        for (var first = 0; first < Slot.Count;)
        {
            var owners = snapshot.Ring.Owners(new Slot((ushort)first));
            var next = first + 1;
            while (next < Slot.Count && snapshot.Ring.Owners(new Slot((ushort)next)).SequenceEqual(owners))
            {
                next++;
            }

            ranges.Add(new SlotRange(first, next - 1, Names(owners)));
            first = next;
        }

        return new ValueTask<RingStatus>(new RingStatus(snapshot.Epoch.ToString(), Slot.Count, ranges));
    }

    /// <inheritdoc/>
    public async ValueTask<HintsReport> HintsAsync(CancellationToken cancellationToken = default)
    {
        var status = await StatusAsync(cancellationToken);
        var kept = new List<KeptHints>();
        var unknown = new List<string>();
        foreach (var member in status.Members)
        {
            if (member.Node?.Hints is not { } hints)
            {
                unknown.Add(member.Id);
                continue;
            }

            kept.AddRange(hints.Select(each => new KeptHints(member.Id, each.Target, each.Count, each.Bytes, each.OldestSeconds)));
        }

        return new HintsReport(kept, unknown);
    }

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairAsync(int? slot = null, CancellationToken cancellationToken = default) => RepairAsync(slot, begins: false, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RepairReport> RepairNowAsync(int? slot = null, CancellationToken cancellationToken = default) => RepairAsync(slot, begins: true, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyPlacement> PlacementAsync(Key key, CancellationToken cancellationToken = default)
    {
        var snapshot = cluster();
        var slot = Slot.Of(key);
        var standIns = new List<string>();
        foreach (var node in snapshot.Ring.PreferenceList(slot).StandIns)
        {
            standIns.Add(node.ToString());
        }

        return new ValueTask<KeyPlacement>(new KeyPlacement(slot.Index, Names(snapshot.Ring.Owners(slot)), standIns));
    }

    private async ValueTask<RepairReport> RepairAsync(int? number, bool begins, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number ?? 0, nameof(number));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number ?? 0, Slot.Count, nameof(number));
        var snapshot = cluster();
        var slot = number is { } index ? new Slot((ushort)index) : default(Slot?);
        var request = new PeerRequest.Repair(begins, slot);
        var deadline = Deadline.After(Patience, time);
        var asked = snapshot.Topology.Members.ToArray()
            .Where(member => slot is not { } one || snapshot.Ring.IsOwner(one, member.Id))
            .Select(member => (member.Id, Reply: member.Id == snapshot.Self
                ? Task.FromResult<PeerReply>(new PeerReply.Repair(repairs.Look(slot, begins)))
                : peers.CallAsync(member.Id, snapshot.Epoch, request, deadline, cancellationToken).AsTask()))
            .ToList();
        var (members, unknown) = (new List<NodeRepair>(), new List<string>());
        foreach (var (id, reply) in asked)
        {
            if (await reply is PeerReply.Repair(var node))
            {
                members.Add(node);
            }
            else
            {
                unknown.Add(id.ToString());
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        var pairs = members.SelectMany(member => member.Peers.Where(peer => string.CompareOrdinal(member.Id, peer.Id) < 0 || unknown.Contains(peer.Id))
            .Select(peer => (One: peer.Trees, Other: members.Find(other => other.Id == peer.Id)?.Peers.FirstOrDefault(back => back.Id == member.Id)?.Trees))).ToList();
        return new RepairReport(
            pairs.Count(pair => pair.One is not null && pair.One == pair.Other),
            pairs.Count(pair => pair.One is not null && pair.Other is not null && pair.One != pair.Other),
            pairs.Count(pair => pair.One is null || pair.Other is null),
            members,
            unknown);
    }

    private MemberStatus StatusOf(ClusterSnapshot snapshot, Member member, NodeStatus? node, List<(Member Member, NodeStatus? Node)> answers)
    {
        var problem = node is not null ? node.Problem : peers.Health(member.Id).Problem ?? "It does not answer.";
        return new MemberStatus(
            member.Id.ToString(), member.Zone, member.Weight, member.PeerEndpoint.ToString(), member.HttpEndpoint?.ToString(), member.RedisEndpoint?.ToString(), snapshot.Ring.SlotsOf(member.Id).Length, node is not null, problem,
            node)
        {
            Membership = MembershipOf(member.Id, answers),
            Link = member.Id == snapshot.Self ? null : LinkTo(member.Id),
        };
    }

    private MembershipStatus? MembershipOf(NodeId node, List<(Member Member, NodeStatus? Node)> answers)
    {
        if (membership?.VerdictOf(node) is not { } verdict)
        {
            return null;
        }

        var state = MembershipLoop.NameOf(verdict.State);
        return new MembershipStatus(state, membership.Lasting(verdict).TotalSeconds, verdict.By.Value == 0 ? null : verdict.By.ToString())
        {
            Incarnation = verdict.Incarnation.ToString(),
            Views = ViewsOf(node, state, answers),
        };
    }

    private static MemberViews ViewsOf(NodeId node, string state, List<(Member Member, NodeStatus? Node)> answers)
    {
        var views = new List<DifferingView>();
        foreach (var (other, said) in answers)
        {
            if (other.Id != node && said?.Membership is { } opinion)
            {
                var doubt = opinion.Doubts.FirstOrDefault(doubt => doubt.Id == node.ToString());
                views.Add(new DifferingView(other.Id.ToString(), doubt?.State ?? "alive", doubt?.By));
            }
        }

        return new MemberViews(Count("alive"), Count("suspect"), Count("dead"), Count("left"), Count("unknown"), [.. views.Where(view => view.State != state).Take(DifferingMax)]);

        int Count(string what) => views.Count(view => view.State == what);
    }

    private LinkStatus LinkTo(NodeId node)
    {
        var (health, evidence) = (peers.Health(node), peers.Evidence(node));
        var state = health.State switch
        {
            PeerState.Unknown => "unknown",
            PeerState.Up => "up",
            PeerState.Suspect => "suspect",
            PeerState.Refusing => "refusing",
            _ => throw new InvariantException($"no such state: {health.State}"),
        };
        return new LinkStatus(
            state, health.Latency.TotalSeconds, evidence.Asked, evidence.Answered, evidence.TimedOut, evidence.Broken, evidence.Unreachable, evidence.Withheld, health.Problem);
    }

    private static string Summary(List<MemberStatus> members, Quorums wanted, Quorums kept)
    {
        var away = members.Where(member => !member.Reachable).Select(member => member.Id).ToList();
        var troubled = members.Where(member => member is { Reachable: true, Problem: not null }).Select(member => member.Id).ToList();
        var copies = kept.Copies < wanted.Copies ? $" It keeps {kept.Copies} of {wanted.Copies} copies, as it has {members.Count} members." : "";
        if (away.Count == 0 && troubled.Count == 0)
        {
            return $"All {members.Count} nodes are up.{copies}";
        }

        var parts = new List<string>();
        if (away.Count > 0)
        {
            parts.Add($"{away.Count} of {members.Count} nodes cannot be reached ({string.Join(", ", away)}): start them or mend the network.");
        }

        if (troubled.Count > 0)
        {
            parts.Add($"{string.Join(", ", troubled)} {(troubled.Count == 1 ? "has a problem" : "have problems")}, see below.");
        }

        return string.Join(" ", parts) + copies;
    }

    private static string[] Names(ReadOnlySpan<NodeId> nodes)
    {
        var names = new string[nodes.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = nodes[i].ToString();
        }

        return names;
    }
}
