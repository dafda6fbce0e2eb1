namespace Toystore.Node.Coordination;

/// <summary>What becomes of the share of an owner that a container does not reach.</summary>
internal enum Shares : byte
{
    /// <summary>Nothing: it is given to those who are there.</summary>
    Leave,

    /// <summary>It is kept for that owner, and counts for nothing.</summary>
    Keep,

    /// <summary>Another member stands in for an owner that cannot be reached, and counts in its place. For an owner that is merely slow it is kept, and counts for nothing.</summary>
    StandIn,
}
