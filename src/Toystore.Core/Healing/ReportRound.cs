using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>The reports of all members of a topology, gathered in one go. One member that does not answer, and the round is void: ask all of them again.</summary>
public sealed class ReportRound(Topology topology)
{
    private readonly Dictionary<NodeId, MemberReport> _reports = [];

    /// <summary>True once every member has reported.</summary>
    public bool IsComplete => _reports.Count == topology.Members.Length;

    /// <summary>Who has reported; without meaning before all have.</summary>
    public ProcessSet Processes => ProcessSet.Of(topology.Epoch, _reports.Values.Select(report => report.Process));

    /// <summary>The lowest mark.</summary>
    public HybridTime LowestMark => _reports.Values.Min(report => report.Mark);

    /// <summary>The lowest clock.</summary>
    public HybridTime LowestClock => _reports.Values.Min(report => report.Clock);

    /// <summary>The slots of which somebody holds an undelivered copy.</summary>
    public SlotSet Held { get; } = new();

    /// <summary>Takes a report. One of a node that is no member, or that is not whom it says, does not count.</summary>
    public void Add(NodeId from, MemberReport report)
    {
        if (report.Process.Node != from || !IsMember(from))
        {
            return;
        }

        _reports[from] = report;
        Held.UnionWith(report.Held);
    }

    /// <summary>True if none of the same processes has dropped anything since an earlier round.</summary>
    public bool HasNoDropsSince(ReportRound earlier) =>
        _reports.All(report => earlier._reports.TryGetValue(report.Key, out var before) && before.Process == report.Value.Process && before.Drops == report.Value.Drops);

    private bool IsMember(NodeId node)
    {
        foreach (var member in topology.Members)
        {
            if (member.Id == node)
            {
                return true;
            }
        }

        return false;
    }
}
