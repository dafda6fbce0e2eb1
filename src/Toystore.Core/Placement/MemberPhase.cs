namespace Toystore.Core.Placement;

/// <summary>What a member is to the cluster.</summary>
public enum MemberPhase : byte
{
    /// <summary>It owns its share.</summary>
    Present = 0,

    /// <summary>It is to own nothing any more: its slots move to the others, and when it has nothing left that anybody needs it drops out of the document.</summary>
    Leaving = 1,
}
