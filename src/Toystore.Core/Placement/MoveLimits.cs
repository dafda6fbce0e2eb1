namespace Toystore.Core.Placement;

/// <summary>How many slots may move at a time. A move that has begun counts until it is settled or called off.</summary>
/// <param name="PerMember">In which one member gains or loses a copy; with 0 none begins.</param>
/// <param name="InAll">In the whole cluster; with 0 none begins.</param>
public readonly record struct MoveLimits(int PerMember, int InAll)
{
    /// <summary>128 and 4096.</summary>
    public static MoveLimits Default => new(128, 4096);
}
