using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Toystore.Core.Membership;
using Toystore.Storage;

namespace Toystore.Node.Membership;

/// <summary>
/// What membership keeps on the disk, as system records. <c>membership/incarnation</c>: u8 version 1, u64 end of the reserved incarnations, synced. <c>membership/members</c>: u8 version 1, u64 fingerprint of the topology, and
/// <see cref="Swim.Save"/>, not synced: an old one is better than none. <c>membership/keys</c>: u8 version 1, u64 fingerprint of the configured keys, and <see cref="KeyRing.Save"/>, synced; there if keys were changed at run time.
/// </summary>
internal sealed class MembershipRecords(IStore store, ulong topology, ILogger logger)
{
    private const byte Version = 1;
    private const int HeadBytes = 9;

    private static readonly StoreKey IncarnationKey = StoreKey.System("membership/incarnation");
    private static readonly StoreKey MembersKey = StoreKey.System("membership/members");
    private static readonly StoreKey KeysKey = StoreKey.System("membership/keys");

    /// <summary>Where the reserved incarnations end; null if the disk does not tell, and then whether it once could.</summary>
    public async ValueTask<(Incarnation? End, bool IsLost)> ReadEndAsync(CancellationToken cancellationToken)
    {
        var (payload, isLost) = await ReadAsync(IncarnationKey, cancellationToken);
        return payload.Length == HeadBytes && NumberOf(payload) is var end and > 0 and < long.MaxValue ? (new Incarnation(end), false) : (null, isLost || payload.Length > 0);
    }

    /// <summary>Reserves the incarnations up to an end. False if the disk did not take it.</summary>
    public async ValueTask<bool> WriteEndAsync(Incarnation end, CancellationToken cancellationToken) =>
        await WriteAsync(IncarnationKey, end.Value, ReadOnlyMemory<byte>.Empty, Durability.Fsync, cancellationToken);

    /// <summary>The members that were known, for <see cref="Swim.Restore"/>; empty if none were, or under another topology.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadMembersAsync(CancellationToken cancellationToken)
    {
        var (payload, _) = await ReadAsync(MembersKey, cancellationToken);
        return payload.Length > HeadBytes && NumberOf(payload) == topology ? payload[HeadBytes..] : default;
    }

    /// <summary>Keeps the members. False if the disk did not take it.</summary>
    public async ValueTask<bool> WriteMembersAsync(byte[] saved, CancellationToken cancellationToken) => await WriteAsync(MembersKey, topology, saved, Durability.Os, cancellationToken);

    /// <summary>The keys as they were left at run time, and the fingerprint of those that were configured then; null if they were never changed.</summary>
    public async ValueTask<(KeyRing? Ring, ulong Configured)> ReadKeysAsync(CancellationToken cancellationToken)
    {
        var (payload, _) = await ReadAsync(KeysKey, cancellationToken);
        return payload.Length > HeadBytes ? (KeyRing.Restore(payload.Span[HeadBytes..]), NumberOf(payload)) : default;
    }

    /// <summary>Keeps the keys. False if the disk did not take them.</summary>
    public async ValueTask<bool> WriteKeysAsync(KeyRing ring, ulong configured, CancellationToken cancellationToken) =>
        await WriteAsync(KeysKey, configured, ring.Save(), Durability.Fsync, cancellationToken);

    private static ulong NumberOf(ReadOnlyMemory<byte> payload) => BinaryPrimitives.ReadUInt64LittleEndian(payload.Span[1..]);

    private async ValueTask<(ReadOnlyMemory<byte> Payload, bool IsLost)> ReadAsync(StoreKey key, CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(key, cancellationToken);
        if (read.Status == StoreReadStatus.Absent)
        {
            return (default, false);
        }

        if (read.Status == StoreReadStatus.Found && SystemRecord.TryDecode(key, read.Bytes, out var payload) && payload.Length >= HeadBytes && payload.Span[0] == Version)
        {
            return (payload, false);
        }

        logger.RecordLost(key.Key.ToString());
        return (default, true);
    }

    private async ValueTask<bool> WriteAsync(StoreKey key, ulong number, ReadOnlyMemory<byte> rest, Durability durability, CancellationToken cancellationToken)
    {
        var payload = new byte[HeadBytes + rest.Length];
        payload[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(1), number);
        rest.Span.CopyTo(payload.AsSpan(HeadBytes));
        var written = await store.WriteAsync(new StoreBatch().Put(key, SystemRecord.Encode(key, payload)), durability, cancellationToken);
        return written == StoreWrite.Done;
    }
}
