using System.Diagnostics.Metrics;
using Toystore.Core;
using Toystore.Core.Membership;

namespace Toystore.Node.Membership;

/// <summary>
/// Everything membership measures. What happens with every packet is a number of the loop's, read when somebody collects; only what is rare, and has names to it, is reported when it happens. The table for operators is in
/// docs/operations.md.
/// </summary>
internal sealed class MembershipMetrics
{
    private const string State = "toystore.member.state";
    private const string Direction = "network.io.direction";
    private const string Error = "error.type";

    private static readonly KeyValuePair<string, object?> Received = new(Direction, "receive");
    private static readonly KeyValuePair<string, object?> Sent = new(Direction, "transmit");

    private static readonly (SealVerdict Verdict, KeyValuePair<string, object?> Tag)[] Refusals =
    [
        (SealVerdict.Malformed, new(Error, "malformed")),
        (SealVerdict.OtherVersion, new(Error, "other_version")),
        (SealVerdict.ForeignCluster, new(Error, "foreign_cluster")),
        (SealVerdict.NotSealed, new(Error, "not_sealed")),
        (SealVerdict.NoKeyOpens, new(Error, "no_key_opens")),
    ];

    private readonly Counter<long> _transitions;

    /// <param name="meter">The node's; who disposes of it ends these, too.</param>
    /// <param name="loop">Whose figures they are.</param>
    public MembershipMetrics(Meter meter, MembershipLoop loop)
    {
        _transitions = meter.CreateCounter<long>("toystore.membership.transition.count", "{transition}", "Changes of what is held of a member.");
        meter.CreateObservableUpDownCounter("toystore.membership.member.count", () => loop.Read(Members), "{member}", "Members by what is held of them, this node included.");
        meter.CreateObservableGauge("toystore.membership.health.multiplier", () => loop.Read(figures => figures.HealthMultiplier, 1), "1", "By what this node multiplies its probe interval and time-out, for doubts of itself; 1 is well.");
        meter.CreateObservableCounter("toystore.membership.probe.count", () => loop.Read(figures => figures.Counts.Probes, 0), "{probe}", "Probes begun.");
        meter.CreateObservableCounter("toystore.membership.probe.relayed", () => loop.Read(figures => figures.Counts.ProbesRelayed, 0), "{probe}", "Probes whose target had not answered in time, so that others were asked to try.");
        meter.CreateObservableCounter("toystore.membership.probe.failed", () => loop.Read(figures => figures.Counts.ProbesFailed, 0), "{probe}", "Probes that nobody answered.");
        meter.CreateObservableCounter("toystore.membership.refutation.count", () => loop.Read(figures => figures.Counts.Refutations, 0), "{refutation}", "How often this node was held suspect, dead or gone, and contradicted.");
        meter.CreateObservableCounter("toystore.membership.packet.count", () => loop.Read(Packets), "{packet}", "Packets of gossip.");
        meter.CreateObservableCounter("toystore.membership.network.io", () => loop.Read(Bytes), "By", "Bytes of gossip, without what UDP and IP add.");
        meter.CreateObservableCounter("toystore.membership.packet.refused", () => loop.Read(Refused), "{packet}", "Packets and tables that were refused.");
        meter.CreateObservableCounter("toystore.membership.exchange.count", () => loop.Read(figures => figures.Tally.Exchanges, 0), "{exchange}", "Tables exchanged at this node's wish.");
        meter.CreateObservableCounter("toystore.membership.exchange.failed", () => loop.Read(figures => figures.Tally.ExchangesFailed, 0), "{exchange}", "Such exchanges that came to nothing.");
    }

    /// <summary>Something has happened to a member; to this node itself nothing is reported.</summary>
    public void Report(SwimEvent what)
    {
        switch (what)
        {
            case SwimEvent.Joined(var node, _):
                Changed(node, "up", default);
                break;
            case SwimEvent.Suspected(var node, _, var by):
                Changed(node, "suspect", by);
                break;
            case SwimEvent.Refuted(var node, _):
                Changed(node, "refuted", default);
                break;
            case SwimEvent.Died(var node, _, var by):
                Changed(node, "dead", by);
                break;
            case SwimEvent.Left(var node, _):
                Changed(node, "left", default);
                break;
        }
    }

    private void Changed(NodeId node, string state, NodeId by)
    {
        if (_transitions.Enabled)
        {
            var (name, accuser) = (new KeyValuePair<string, object?>("toystore.member.id", node.ToString()), new KeyValuePair<string, object?>("toystore.member.accuser", by.ToString()));
            if (by.Value == 0)
            {
                _transitions.Add(1, new(State, state), name);
            }
            else
            {
                _transitions.Add(1, new(State, state), name, accuser);
            }
        }
    }

    private static IEnumerable<Measurement<int>> Members(MembershipFigures figures) =>
    [
        new(figures.Members.Alive, new KeyValuePair<string, object?>(State, "alive")),
        new(figures.Members.Suspect, new KeyValuePair<string, object?>(State, "suspect")),
        new(figures.Members.Dead, new KeyValuePair<string, object?>(State, "dead")),
        new(figures.Members.Left, new KeyValuePair<string, object?>(State, "left")),
    ];

    private static IEnumerable<Measurement<long>> Packets(MembershipFigures figures) => [new(figures.Tally.PacketsReceived, Received), new(figures.Tally.PacketsSent, Sent)];

    private static IEnumerable<Measurement<long>> Bytes(MembershipFigures figures) => [new(figures.Tally.BytesReceived, Received), new(figures.Tally.BytesSent, Sent)];

    private static IEnumerable<Measurement<long>> Refused(MembershipFigures figures) =>
    [
        .. Refusals.Select(refusal => new Measurement<long>(figures.Counts.Refused(refusal.Verdict), refusal.Tag)),
        new(figures.Counts.Strangers, new KeyValuePair<string, object?>(Error, "unknown_member")),
    ];
}
