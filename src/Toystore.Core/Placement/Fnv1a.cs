namespace Toystore.Core.Placement;

/// <summary>FNV-1a, 64 bits (draft-eastlake-fnv): simple, and the same on every platform for ever. Against mistakes, not against attackers.</summary>
internal static class Fnv1a
{
    public static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 0x100000001b3;
        }

        return hash;
    }
}
