using System.Buffers.Binary;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// Floors on the disk: 128 system records of 128 slots each, so that raising a few does not write all. <c>healing/floors/&lt;row&gt;</c>: u8 version 1, then of each slot of the row u64 floor, 0 if there is none, 2^64 - 1 if it
/// was lost; little-endian.
/// </summary>
internal static class FloorRecords
{
    /// <summary>How many records there are.</summary>
    public const int Rows = Slot.Count / SlotsOfARow;

    /// <summary>How many slots are in one.</summary>
    public const int SlotsOfARow = 128;

    /// <summary>Stands for a floor that is lost.</summary>
    public const ulong Lost = ulong.MaxValue;

    private const byte Version = 1;

    private static readonly StoreKey[] Places = [.. Enumerable.Range(0, Rows).Select(row => StoreKey.System(FormattableString.Invariant($"healing/floors/{row}")))];

    /// <summary>Where a row lies.</summary>
    public static StoreKey PlaceOf(int row) => Places[row];

    /// <summary>The record of a row, of its floors in order.</summary>
    public static byte[] Encode(int row, ReadOnlySpan<ulong> floors)
    {
        Span<byte> payload = stackalloc byte[1 + (SlotsOfARow * sizeof(ulong))];
        payload[0] = Version;
        var at = 1;
        foreach (var floor in floors)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload[at..], floor);
            at += sizeof(ulong);
        }

        return SystemRecord.Encode(PlaceOf(row), payload);
    }

    /// <summary>Reads a row back; all of it is lost, and the answer false, if there was something that cannot be read.</summary>
    public static bool TryRead(int row, StoreRead read, Span<ulong> into)
    {
        if (read.Status == StoreReadStatus.Absent)
        {
            into.Clear();
            return true;
        }

        if (read.Status != StoreReadStatus.Found
            || !SystemRecord.TryDecode(PlaceOf(row), read.Bytes, out var payload)
            || payload.Length != 1 + (SlotsOfARow * sizeof(ulong))
            || payload.Span[0] != Version)
        {
            into.Fill(Lost);
            return false;
        }

        for (var slot = 0; slot < into.Length; slot++)
        {
            into[slot] = BinaryPrimitives.ReadUInt64LittleEndian(payload.Span[(1 + (slot * sizeof(ulong)))..]);
        }

        return true;
    }
}
