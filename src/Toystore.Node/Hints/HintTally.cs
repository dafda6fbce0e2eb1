using Toystore.Core;

namespace Toystore.Node.Hints;

/// <summary>The hints for one owner.</summary>
/// <param name="Target">For whom they are kept.</param>
/// <param name="Count">How many there are: one for each key.</param>
/// <param name="Bytes">Bytes of their keys and records.</param>
/// <param name="Oldest">When the first of them was kept, or earlier.</param>
internal readonly record struct HintTally(NodeId Target, long Count, long Bytes, UnixTime Oldest)
{
    /// <summary>How old the oldest is at a moment; a clock that was set back makes it younger, not less than nothing.</summary>
    public TimeSpan AgeAt(UnixTime now) => now > Oldest ? now - Oldest : TimeSpan.Zero;
}
