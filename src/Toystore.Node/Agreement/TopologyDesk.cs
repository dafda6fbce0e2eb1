using System.Globalization;
using System.Text;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

/// <summary>The topology and its register, for operators. Answers also before there is a topology.</summary>
internal sealed class TopologyDesk(TopologyKeeper keeper, ToystoreSetup setup) : IClusterTopology
{
    /// <inheritdoc/>
    public async ValueTask<TopologyReport> TopologyAsync(CancellationToken cancellationToken = default)
    {
        var (decree, topology) = (keeper.Newest, keeper.Edition?.Topology ?? setup.Topology);
        var words = await keeper.HearAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var acceptors = decree?.Acceptors.ToArray() ?? [];
        var members = topology.Members.ToArray().Select(member => MemberOf(member, acceptors, words)).ToList();
        var there = acceptors.Count(name => words.TryGetValue(name.Node, out var word) && word.Disk == name.Disk);
        var decides = acceptors.Length > 0 && there >= Instance.Majority(acceptors.Length);
        var policies = topology.Policies.Rules.ToArray().Select(rule => new TopologyPolicy(Encoding.UTF8.GetString(rule.Prefix.Span), rule.Policy == ConflictPolicy.LastWriteWins ? "lww" : "siblings"));
        return new TopologyReport(
            topology.ClusterId.ToString(), decree?.Epoch.ToString(), setup.Self.ToString(), decides, Summary(decree, decides, acceptors, members), topology.Quorums.Copies, topology.Quorums.Reads, topology.Quorums.Writes, members,
            [.. policies]);
    }

    /// <inheritdoc/>
    public ValueTask<TopologyHistory> TopologyHistoryAsync(CancellationToken cancellationToken = default) => new(new TopologyHistory(
        keeper.Newest?.Epoch.ToString(),
        [.. (keeper.Edition?.Notes ?? []).Select(note => new TopologyDecision(note.Epoch.ToString(), note.At, note.By.ToString(), note.What))]));

    /// <inheritdoc/>
    public async ValueTask<ForceReport> ForceTopologyAsync(ForceOrder order, CancellationToken cancellationToken = default)
    {
        if (!TryParse(order.Epoch, out var epoch))
        {
            return Refused($"\"{order.Epoch}\" is no topology: write it as `toystore topology show` does, like {setup.Topology.Epoch}.");
        }

        var lost = new List<NodeId>();
        foreach (var text in order.Lost ?? [])
        {
            if (!NodeId.TryParse(text, out var node))
            {
                return Refused($"\"{text}\" is no node: write it like n1.");
            }

            lost.Add(node);
        }

        var outcome = await keeper.ForceAsync(epoch, lost, cancellationToken);
        if (outcome.Problem is { } problem)
        {
            return Refused(problem);
        }

        var silent = outcome.NotTold.Except(lost).ToArray();
        var summary = $"{outcome.Epoch} is in force on {Names(outcome.Told)}." + (outcome.NotTold.Count == 0 ? "" : $" {Names(outcome.NotTold)} took no notice. Should one of them come back with what it had, it takes part in nothing until it is told: give this order again, for {epoch}.");
        return new ForceReport(silent.Length == 0, summary, outcome.Epoch.ToString(), Texts(outcome.Told), Texts(outcome.NotTold));
    }

    private static TopologyMember MemberOf(Member member, AcceptorName[] acceptors, Dictionary<NodeId, RegisterWord> words)
    {
        var named = acceptors.FirstOrDefault(name => name.Node == member.Id);
        var isThere = words.TryGetValue(member.Id, out var word);
        return new TopologyMember(
            member.Id.ToString(), member.Zone, member.Weight, member.PeerEndpoint.ToString(), member.HttpEndpoint?.ToString(), member.RedisEndpoint?.ToString(), named != default, named == default ? null : named.Disk.ToString(),
            word.Disk == default ? null : word.Disk.ToString(), word.Newest == default ? null : word.Newest.ToString(), !isThere);
    }

    private string Summary(Decree? decree, bool decides, AcceptorName[] acceptors, List<TopologyMember> members)
    {
        if (decree is null)
        {
            return keeper.Problem ?? "The cluster is being founded.";
        }

        var parts = new List<string>();
        if (keeper.Problem is { } problem)
        {
            parts.Add(problem);
        }

        var names = Names(acceptors.Select(name => name.Node));
        parts.Add(decides
            ? $"The next one is decided by {names}."
            : $"It cannot be changed: of {names}, who decide, a majority has to be there, with the disks that they were named with. Reads and writes go on. Start them; if they are lost for good: `toystore topology force --help`.");
        var behind = members.Where(member => member.Heard is not null && member.Heard != decree.Epoch.ToString()).ToList();
        var away = members.Where(member => member.Away).ToList();
        parts.Add(behind.Count == 0 && away.Count == 0 ? $"All {members.Count} members have it."
            : (behind.Count == 0 ? "" : $"Not the same as {string.Join(", ", behind.Select(member => member.Id))}. ") + (away.Count == 0 ? "" : $"No answer from {string.Join(", ", away.Select(member => member.Id))}."));
        return string.Join(" ", parts).Trim();
    }

    private static bool TryParse(string? text, out Epoch epoch)
    {
        epoch = default;
        if (text?.Split('.') is not [var lineage, var number]
            || !ulong.TryParse(lineage, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first)
            || !ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var second))
        {
            return false;
        }

        epoch = new Epoch(first, second);
        return true;
    }

    private static ForceReport Refused(string problem) => new(false, problem, null, [], []);

    private static string Names(IEnumerable<NodeId> nodes) => string.Join(", ", nodes);

    private static string[] Texts(IReadOnlyList<NodeId> nodes) => [.. nodes.Select(node => node.ToString())];
}
