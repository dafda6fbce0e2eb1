using System.Buffers;
using System.Buffers.Binary;
using Toystore.Core.Membership;

namespace Toystore.Core.Agreement;

/// <summary>
/// <see cref="AcceptorState"/> as it lies on the disk, version 1, little-endian: u32 CRC-32C of all that follows, u8 version, u64 disk, ballot promised (u64 number, u64 node, u64 attempt), then u8 and the newest decree, u8 and the vote (ballot, decree),
/// where u8 is 1 for one and 0 for none. A decree: u8 version, u64 lineage, u64 number, u64 origin, u64 previous, u8 acceptors, of each u64 node and u64 disk; u32 length and the value.
/// </summary>
public static class AcceptorStateCodec
{
    private const byte Version = 1;

    /// <summary>The encoding.</summary>
    public static byte[] Encode(AcceptorState state)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var writer = new RegisterWriter(buffer);
        writer.U32(0);
        writer.U8(Version);
        writer.U64(state.Disk.Value);
        writer.Ballot(state.Promised);
        writer.DecreeOrNone(state.Newest);
        writer.VoteOrNone(state.Vote);
        var bytes = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Checksum.Of(bytes.AsSpan(sizeof(uint))));
        return bytes;
    }

    /// <summary>
    /// Reads what <see cref="Encode"/> writes; null for anything else. A disk that holds something else has forgotten what it promised: it gets a new id (<see cref="AcceptorState.OfNewDisk"/>).
    /// </summary>
    public static AcceptorState? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Checksum.Of(bytes[sizeof(uint)..]))
        {
            return null;
        }

        var reader = new RegisterReader(bytes[sizeof(uint)..]);
        reader.Require(reader.U8() == Version);
        var (disk, promised, newest, vote) = (new DiskId(reader.U64()), reader.Ballot(), reader.DecreeOrNone(), reader.VoteOrNone());
        reader.Require(disk != default);
        reader.Require(vote is null || (vote.Ballot.CompareTo(promised) <= 0 && (newest is null ? vote.Decree.Epoch.Number == 1 : newest.Instance.Admits(vote.Decree))));
        return reader.IsWhole ? AcceptorState.FromParts(disk, newest, promised, vote) : null;
    }
}
