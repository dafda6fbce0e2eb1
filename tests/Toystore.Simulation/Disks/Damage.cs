using System.Runtime.InteropServices;

namespace Toystore.Simulation.Disks;

/// <summary>What became of a record at rest.</summary>
internal enum Damage
{
    /// <summary>A bit is wrong, and the disk gives the record as if it were right: only the record's own checksum can tell.</summary>
    FlippedBit,

    /// <summary>The block it is in does not have its checksum: the disk does not give the record.</summary>
    UnreadableBlock,
}

/// <summary>What stands on a disk in place of a record that cannot be read.</summary>
internal static class UnreadableBytes
{
    private static readonly byte[] Mark = [0xDE];

    public static ReadOnlyMemory<byte> Value => Mark;

    public static bool Is(ReadOnlyMemory<byte> bytes) => bytes.Length == 1 && MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array == Mark;
}
