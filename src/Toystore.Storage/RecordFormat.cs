using Toystore.Core.Healing;
using Toystore.Core.Versions;

namespace Toystore.Storage;

/// <summary>
/// The bytes of one stored container: <see cref="ContainerCodec"/>'s in a frame whose checksum covers the place as well (<c>docs/protocols/storage.md</c>).
/// </summary>
public static class RecordFormat
{
    private const byte Kind = 0xC1;

    /// <summary>The record of a container. Allocates its array and nothing else.</summary>
    public static byte[] Encode(StoreKey key, Container container, RecordFlags flags)
    {
        var record = GC.AllocateUninitializedArray<byte>(RecordFrame.HeaderLength + ContainerCodec.SizeOf(container));
        ContainerCodec.Write(container, record.AsSpan(RecordFrame.HeaderLength));
        RecordFrame.Seal(key, Kind, (byte)flags, record);
        return record;
    }

    /// <summary>
    /// Reads a record back; values are slices of <paramref name="record"/>. False for bytes that are damaged, lie under the wrong key, or were written by a version that this one does not know: to be
    /// treated as "I do not know", counted, and healed from the other owners.
    /// </summary>
    public static bool TryDecode(StoreKey key, ReadOnlyMemory<byte> record, out Container container, out RecordFlags flags)
    {
        flags = RecordFlags.None;
        if (!RecordFrame.TryOpen(key, Kind, record, out var bits, out var payload)
            || (bits & ~(byte)RecordFlags.Incomplete) != 0
            || !ContainerCodec.TryRead(payload, out container, out var consumed)
            || consumed != payload.Length)
        {
            container = Container.Empty;
            return false;
        }

        flags = (RecordFlags)bits;
        return true;
    }

    /// <summary>
    /// What a scan wants to know of a record, from its bytes alone. False for what <see cref="TryDecode"/> would not read. Allocates nothing.
    /// </summary>
    /// <param name="place">Where it lies.</param>
    /// <param name="key">Under which key.</param>
    /// <param name="hash">The key's (<see cref="StoreOrder.HashOf(ReadOnlySpan{byte})"/>).</param>
    /// <param name="record">Its bytes.</param>
    /// <param name="glance">What it says.</param>
    /// <param name="flags">What else it says.</param>
    public static bool TryGlance(in StorePlace place, ReadOnlySpan<byte> key, KeyHash hash, ReadOnlySpan<byte> record, out RecordGlance glance, out RecordFlags flags)
    {
        glance = default;
        flags = RecordFlags.None;
        if (!RecordFrame.TryOpen(place, key, Kind, record, out var bits) || (bits & ~(byte)RecordFlags.Incomplete) != 0)
        {
            return false;
        }

        flags = (RecordFlags)bits;
        return RecordGlance.TryRead(hash, record[RecordFrame.HeaderLength..], out glance);
    }
}
