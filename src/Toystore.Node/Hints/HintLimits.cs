namespace Toystore.Node.Hints;

/// <summary>How much is kept for others, and how quickly this node takes what others kept for it.</summary>
/// <param name="BytesMax">Bytes of hints for one owner; beyond, new ones are refused.</param>
/// <param name="AgeMax">How long a hint is kept that was not counted towards W; and once one is as old as this, new ones that would not count are refused.</param>
/// <param name="BytesPerSecond">What this node takes of all senders together.</param>
internal sealed record HintLimits(long BytesMax, TimeSpan AgeMax, long BytesPerSecond)
{
    /// <summary>As documented.</summary>
    public static readonly HintLimits Default = new(1L << 30, TimeSpan.FromHours(24), 16L << 20);
}
