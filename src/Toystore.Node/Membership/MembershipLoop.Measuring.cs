using Toystore.Core.Membership;

namespace Toystore.Node.Membership;

/// <summary>What it has come to, for metrics and for operators.</summary>
internal sealed partial class MembershipLoop
{
    private readonly MembershipTally _tally = new();
    private readonly MembershipMetrics? _metrics;

    /// <summary>How long this node has held what it holds.</summary>
    public TimeSpan Lasting(Verdict verdict) => _time.GetElapsedTime(verdict.Since);

    /// <summary>Reads the figures while the loop rests. <paramref name="before"/> it has begun there are none.</summary>
    public T Read<T>(Func<MembershipFigures, T> read, T before)
    {
        lock (_gate)
        {
            return _swim is { } swim ? read(FiguresOf(swim)) : before;
        }
    }

    /// <summary>Reads some of the figures; none before the loop has begun.</summary>
    public IEnumerable<T> Read<T>(Func<MembershipFigures, IEnumerable<T>> read) => Read(read, []);

    /// <summary>What this node says of itself and the others; null before it has begun.</summary>
    public NodeMembership? Status()
    {
        lock (_gate)
        {
            if (_swim is not { } swim)
            {
                return null;
            }

            var now = Now;
            var doubts = swim.View.Members
                .Where(member => member.State != MemberState.Alive && member.Node != swim.Self && _endpoints.ContainsKey(member.Node))
                .Select(member => new MemberDoubt(
                    member.Node.ToString(), NameOf(member.State), member.Incarnation.ToString(), Math.Max(0, (now - member.Since).TotalSeconds), member.By.Value == 0 ? null : member.By.ToString()));
            var unknown = _endpoints.Keys.Where(node => swim.View.Members.All(member => member.Node != node)).Select(node => new MemberDoubt(node.ToString(), "unknown", null, 0, null));
            return new NodeMembership(swim.Incarnation.ToString(), swim.LocalHealth + 1, [.. doubts.Concat(unknown).OrderBy(doubt => doubt.Id, StringComparer.Ordinal)]);
        }
    }

    /// <summary>A state as operators read it.</summary>
    public static string NameOf(MemberState state) => state switch
    {
        MemberState.Alive => "alive",
        MemberState.Suspect => "suspect",
        MemberState.Dead => "dead",
        MemberState.Left => "left",
        _ => throw new Core.InvariantException($"no such state: {state}"),
    };

    private MembershipFigures FiguresOf(Swim swim)
    {
        var (alive, suspect, dead, left) = (0, 0, 0, 0);
        foreach (var member in swim.View.Members)
        {
            _ = member.State switch
            {
                MemberState.Alive => alive++,
                MemberState.Suspect => suspect++,
                MemberState.Dead => dead++,
                _ => left++,
            };
        }

        return new MembershipFigures { Members = (alive, suspect, dead, left), HealthMultiplier = swim.LocalHealth + 1, Counts = swim.Counts, Tally = _tally };
    }
}
