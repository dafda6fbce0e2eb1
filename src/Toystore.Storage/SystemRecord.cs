namespace Toystore.Storage;

/// <summary>The bytes of what a node keeps of itself, in the same frame and under the same checksum as containers. Its user versions the payload.</summary>
public static class SystemRecord
{
    private const byte Kind = 0x51;

    /// <summary>The record of a payload.</summary>
    public static byte[] Encode(StoreKey key, ReadOnlySpan<byte> payload)
    {
        var record = GC.AllocateUninitializedArray<byte>(RecordFrame.HeaderLength + payload.Length);
        payload.CopyTo(record.AsSpan(RecordFrame.HeaderLength));
        RecordFrame.Seal(key, Kind, 0, record);
        return record;
    }

    /// <summary>Reads a record back; the payload is a slice of it. False if it is damaged, lies under the wrong key, or is no such record.</summary>
    public static bool TryDecode(StoreKey key, ReadOnlyMemory<byte> record, out ReadOnlyMemory<byte> payload) =>
        RecordFrame.TryOpen(key, Kind, record, out var flags, out payload) && flags == 0;
}
