using System.Collections.Immutable;

namespace Toystore.Core.Membership;

/// <summary>A member as this node sees it.</summary>
/// <param name="Node">Who.</param>
/// <param name="State">What is believed of it.</param>
/// <param name="Incarnation">Of which of its incarnations.</param>
/// <param name="Facts">What it publishes about itself.</param>
/// <param name="FactsIncarnation">Under which incarnation it published that.</param>
/// <param name="By">Who says that it is suspect or dead; nobody otherwise.</param>
/// <param name="Since">Since when this node believes it.</param>
public sealed record MemberView(NodeId Node, MemberState State, Incarnation Incarnation, MemberFacts Facts, Incarnation FactsIncarnation, NodeId By, Instant Since);

/// <summary>All members at one moment, this node included; never changes.</summary>
/// <param name="Version">Grows whenever anything in it changes: two with the same version are the same.</param>
/// <param name="Members">Everyone known, dead ones too, ascending by id.</param>
public sealed record MembershipSnapshot(long Version, ImmutableArray<MemberView> Members);
