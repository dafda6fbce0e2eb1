namespace Toystore.Core.Membership;

/// <summary>
/// The one probe under way. One object, used again for each.
/// <code>
/// 0          ping                        0 ms, with the usual options and a local health of 0
/// 1 timeout  ping-req to k, TCP ping     300 ms
/// 1.8        the helpers' nacks          540 ms and a round trip
/// interval   verdict, next probe         1000 ms
/// </code>
/// </summary>
internal sealed class Probe
{
    private readonly List<NodeId> _asked = [];
    private int _heard;

    /// <summary>Whom; null if none is under way.</summary>
    public Contact? Target { get; private set; }

    public uint Sequence { get; private set; }

    /// <summary>When others are asked; never, once they are.</summary>
    public Instant AsksAt { get; private set; } = Instant.Never;

    public TimeSpan Timeout { get; private set; }

    /// <summary>How many helpers were asked.</summary>
    public int Asked => _asked.Count;

    /// <summary>How many of them have said nothing at all.</summary>
    public int Silent => _asked.Count - int.PopCount(_heard);

    public void Begin(Instant now, Contact target, uint sequence, TimeSpan timeout)
    {
        (Target, Sequence, Timeout, AsksAt, _heard) = (target, sequence, timeout, now + timeout, 0);
        _asked.Clear();
    }

    /// <summary>The helpers are asked now.</summary>
    public void Ask(List<Contact> helpers)
    {
        AsksAt = Instant.Never;
        foreach (var helper in helpers)
        {
            _asked.Add(helper.Node);
        }
    }

    /// <summary>True for the answer to this probe by who may give it.</summary>
    public bool IsAnsweredBy(uint sequence, NodeId by) => Target is not null && sequence == Sequence && (by == Target.Node || _asked.Contains(by));

    /// <summary>A helper said that it hears nothing.</summary>
    public void Nacked(uint sequence, NodeId by)
    {
        var place = Target is not null && sequence == Sequence ? _asked.IndexOf(by) : -1;
        _heard |= place < 0 ? 0 : 1 << place;
    }

    public void End() => (Target, AsksAt) = (null, Instant.Never);
}
