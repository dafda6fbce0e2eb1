using Toystore.Core.Membership;

namespace Toystore.Node.Membership;

/// <summary>What the membership of a node has come to, at one moment. Counts begin with the process.</summary>
internal readonly record struct MembershipFigures
{
    /// <summary>Members of each state, this node included, by <see cref="MemberState"/>.</summary>
    public required (int Alive, int Suspect, int Dead, int Left) Members { get; init; }

    /// <summary>By what this node multiplies its probe interval and time-out: 1 is well.</summary>
    public required int HealthMultiplier { get; init; }

    /// <summary>What the state machine counts; to be read under the lock of the loop only.</summary>
    public required SwimCounts Counts { get; init; }

    /// <summary>What the loop counts.</summary>
    public required MembershipTally Tally { get; init; }
}

/// <summary>What goes in and out. Written under the loop's lock, so plain numbers do.</summary>
internal sealed class MembershipTally
{
    public long PacketsSent { get; set; }

    public long BytesSent { get; set; }

    public long PacketsReceived { get; set; }

    public long BytesReceived { get; set; }

    /// <summary>Tables exchanged at this node's own wish.</summary>
    public long Exchanges { get; set; }

    /// <summary>Such exchanges that came to nothing.</summary>
    public long ExchangesFailed { get; set; }
}
