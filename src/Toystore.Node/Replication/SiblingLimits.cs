using Toystore.Core.Versions;

namespace Toystore.Node.Replication;

/// <summary>How many concurrent values a key may have. Checked at writes, never at merges; nothing is ever dropped for it.</summary>
/// <param name="CountWarn">From this many on it is logged.</param>
/// <param name="CountMax">The write that would make one more is refused.</param>
/// <param name="BytesMax">The write that would bring their values above this many bytes together is refused.</param>
internal sealed record SiblingLimits(int CountWarn, int CountMax, long BytesMax)
{
    /// <summary>Whether a value of so many bytes may be added by somebody who had seen <paramref name="seen"/>, and how many siblings there are then.</summary>
    public bool Admit(Container current, VersionVector seen, int valueBytes, out int siblings)
    {
        siblings = 1;
        var bytes = (long)valueBytes;
        foreach (var sibling in current.Siblings)
        {
            if (!seen.Covers(sibling.Dot))
            {
                siblings++;
                bytes += sibling.Value.Length;
            }
        }

        return siblings == 1 || (siblings <= CountMax && bytes <= BytesMax);
    }
}
