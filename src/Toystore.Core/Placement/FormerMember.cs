namespace Toystore.Core.Placement;

/// <summary>
/// A node that is a member no longer. Its id never returns. While slots have not moved away from one that was removed, their owners still name it: what a quorum of them is worth is counted with it.
/// </summary>
/// <param name="Id">Who it was.</param>
/// <param name="Gone">The number of the document with which it went.</param>
/// <param name="Exit">How it went.</param>
public readonly record struct FormerMember(NodeId Id, ulong Gone, MemberExit Exit);

/// <summary>How a member went.</summary>
public enum MemberExit : byte
{
    /// <summary>In peace: it owned nothing, and had nothing left that anybody needs.</summary>
    Left = 0,

    /// <summary>Given up: what it had counts as lost. It may still run, and answer those who have not heard.</summary>
    Removed = 1,

    /// <summary>Given up, and somebody vouched that it runs no more: it counts as one that has heard whatever came after.</summary>
    Stopped = 2,
}
