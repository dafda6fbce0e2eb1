using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Toystore.Core.Versions;

/// <summary>
/// A container as bytes, the same on disk and on the wire (<c>docs/protocols/storage.md</c>). Every actor of the context stands once, in a table that dots refer to.
/// </summary>
/// <remarks>
/// <code>
/// u8 version = 1, or 2 if there is a floor: then u64 floor (not 0)
/// varint actors,   then each: u64 node, u64 generation, u64 reading seen of it (above the floor), ascending
/// varint siblings, then each: varint actor (the number of actors: one whose dots are all below the floor, then u64 node, u64 generation), u64 reading (not 0), u8 kind, u8 has (1 expiry, 2 content type, 4 request id),
///                             [i64 expiry, ms], [u8 length, UTF-8 content type], [16 bytes request id],
///                             varint length, value bytes
/// </code>
/// Numbers are little-endian; a varint is LEB128 of at most 5 bytes. Reading trusts nothing: a count is checked against the bytes that are left before anything is allocated for it.
/// </remarks>
public static partial class ContainerCodec
{
    private const byte WithoutFloor = 1;
    private const byte WithFloor = 2;
    private const int FloorBytes = 8;
    private const int ActorIdBytes = 16;
    private const int ActorBytes = ActorIdBytes + 8;
    private const int SiblingBytesMin = 1 + 8 + 1 + 1 + 1;
    private const byte HasExpiry = 1;
    private const byte HasContentType = 2;
    private const byte HasRequestId = 4;

    /// <summary>How many bytes <see cref="Write"/> will write.</summary>
    public static int SizeOf(Container container)
    {
        var size = 1L + (container.Context.Floor.Value == 0 ? 0 : FloorBytes) + VarintSize(container.Context.Entries.Length) + ((long)ActorBytes * container.Context.Entries.Length) + VarintSize(container.Siblings.Length);
        foreach (var sibling in container.Siblings)
        {
            var actor = IndexOf(container.Context, sibling.Dot.Actor);
            size += VarintSize(actor) + (actor == container.Context.Entries.Length ? ActorIdBytes : 0) + 8 + 1 + 1;
            size += sibling.ExpiresAt is null ? 0 : 8;
            size += sibling.ContentType is { } type ? 1 + Encoding.UTF8.GetByteCount(type) : 0;
            size += sibling.RequestId is null ? 0 : 16;
            size += VarintSize(sibling.Value.Length) + (long)sibling.Value.Length;
        }

        Invariant.Require(size <= int.MaxValue, "a container fits in one buffer");
        return (int)size;
    }

    /// <summary>Writes a container; returns how many bytes that took. The span must have room for <see cref="SizeOf"/>.</summary>
    public static int Write(Container container, Span<byte> to)
    {
        var at = 0;
        to[at++] = container.Context.Floor.Value == 0 ? WithoutFloor : WithFloor;
        if (container.Context.Floor.Value != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(to[at..], container.Context.Floor.Value);
            at += FloorBytes;
        }

        at += WriteVarint(to[at..], container.Context.Entries.Length);
        foreach (var entry in container.Context.Entries)
        {
            WriteActor(entry.Actor, to[at..]);
            BinaryPrimitives.WriteUInt64LittleEndian(to[(at + ActorIdBytes)..], entry.Time.Value);
            at += ActorBytes;
        }

        at += WriteVarint(to[at..], container.Siblings.Length);
        foreach (var sibling in container.Siblings)
        {
            at += WriteSibling(sibling, container.Context, to[at..]);
        }

        return at;
    }

    /// <summary>
    /// Reads a container from the front of <paramref name="bytes"/>. Values are slices of them, not copies. False, with nothing consumed, for anything that <see cref="Write"/> would not have written.
    /// </summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out Container container, out int consumed)
    {
        container = Container.Empty;
        consumed = 0;
        var span = bytes.Span;
        if (!TryReadHead(span, out var at, out var floor) || !TryReadVarint(span, ref at, out var actors) || actors > (span.Length - at) / ActorBytes)
        {
            return false;
        }

        var entries = new Dot[actors];
        for (var i = 0; i < actors; i++, at += ActorBytes)
        {
            entries[i] = new Dot(ReadActor(span[at..]), new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(span[(at + ActorIdBytes)..])));
        }

        if (!VersionVector.TryFromSorted(floor, entries, out var context) || !TryReadVarint(span, ref at, out var count) || count > (span.Length - at) / SiblingBytesMin)
        {
            return false;
        }

        var siblings = count == 0 ? [] : new Sibling[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryReadSibling(bytes, context, ref at, out siblings[i]!))
            {
                return false;
            }
        }

        if (!Container.TryCreate(siblings, context, out container))
        {
            container = Container.Empty;
            return false;
        }

        consumed = at;
        return true;
    }

    private static bool TryReadHead(ReadOnlySpan<byte> from, out int at, out HybridTime floor)
    {
        (at, floor) = (1, default);
        if (from.IsEmpty || from[0] != WithFloor)
        {
            return !from.IsEmpty && from[0] == WithoutFloor;
        }

        if (from.Length < 1 + FloorBytes)
        {
            return false;
        }

        (at, floor) = (1 + FloorBytes, new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(from[1..])));
        return floor.Value != 0;
    }

    private static void WriteActor(ActorId actor, Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, actor.Node.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], actor.Generation);
    }

    private static ActorId ReadActor(ReadOnlySpan<byte> from) => new(new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(from)), BinaryPrimitives.ReadUInt64LittleEndian(from[8..]));

    private static int WriteSibling(Sibling sibling, VersionVector context, Span<byte> to)
    {
        var actor = IndexOf(context, sibling.Dot.Actor);
        var at = WriteVarint(to, actor);
        if (actor == context.Entries.Length)
        {
            WriteActor(sibling.Dot.Actor, to[at..]);
            at += ActorIdBytes;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(to[at..], sibling.Dot.Time.Value);
        at += 8;
        to[at++] = (byte)sibling.Kind;
        to[at++] = (byte)((sibling.ExpiresAt is null ? 0 : HasExpiry) | (sibling.ContentType is null ? 0 : HasContentType) | (sibling.RequestId is null ? 0 : HasRequestId));
        if (sibling.ExpiresAt is { } expiry)
        {
            BinaryPrimitives.WriteInt64LittleEndian(to[at..], expiry.Milliseconds);
            at += 8;
        }

        if (sibling.ContentType is { } type)
        {
            var length = Encoding.UTF8.GetBytes(type, to[(at + 1)..]);
            to[at] = (byte)length;
            at += 1 + length;
        }

        if (sibling.RequestId is { } request)
        {
            request.TryWriteBytes(to[at..]);
            at += 16;
        }

        at += WriteVarint(to[at..], sibling.Value.Length);
        sibling.Value.Span.CopyTo(to[at..]);
        return at + sibling.Value.Length;
    }

    private static bool TryReadSibling(ReadOnlyMemory<byte> bytes, VersionVector context, ref int at, out Sibling? sibling)
    {
        sibling = null;
        var span = bytes.Span;
        if (!TryReadVarint(span, ref at, out var index) || index > context.Entries.Length || span.Length - at < 10 + (index == context.Entries.Length ? ActorIdBytes : 0))
        {
            return false;
        }

        var actor = index < context.Entries.Length ? context.Entries[index].Actor : ReadActor(span[at..]);
        at += index < context.Entries.Length ? 0 : ActorIdBytes;
        if (index == context.Entries.Length && context.IndexOf(actor) >= 0)
        {
            return false;
        }

        var dot = new Dot(actor, new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(span[at..])));
        var kind = (ValueKind)span[at + 8];
        var has = span[at + 9];
        at += 10;
        if (kind > ValueKind.Tombstone || has > (HasExpiry | HasContentType | HasRequestId))
        {
            return false;
        }

        UnixTime? expiry = null;
        string? type = null;
        Guid? request = null;
        if ((has & HasExpiry) != 0)
        {
            if (span.Length - at < 8)
            {
                return false;
            }

            expiry = new UnixTime(BinaryPrimitives.ReadInt64LittleEndian(span[at..]));
            at += 8;
        }

        if ((has & HasContentType) != 0)
        {
            if (span.Length - at < 1 || span.Length - at - 1 < span[at] || !Utf8.IsValid(span.Slice(at + 1, span[at])))
            {
                return false;
            }

            type = MediaTypes.Intern(span.Slice(at + 1, span[at]));
            at += 1 + span[at];
        }

        if ((has & HasRequestId) != 0)
        {
            if (span.Length - at < 16)
            {
                return false;
            }

            request = new Guid(span.Slice(at, 16));
            at += 16;
        }

        if (!TryReadVarint(span, ref at, out var length) || length > span.Length - at)
        {
            return false;
        }

        if (kind == ValueKind.Tombstone && (length > 0 || type is not null))
        {
            return false;
        }

        sibling = new Sibling(dot, bytes.Slice(at, length), type, expiry, request, kind);
        at += length;
        return true;
    }

    // One past the last if the context does not list the actor.
    private static int IndexOf(VersionVector context, ActorId actor)
    {
        var at = context.IndexOf(actor);
        Invariant.Require(at >= 0 || context.Floor.Value != 0, "the context covers every live dot");
        return at >= 0 ? at : context.Entries.Length;
    }

    private static int VarintSize(int value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7)
        {
            size++;
        }

        return size;
    }

    private static int WriteVarint(Span<byte> to, int value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            to[at++] = (byte)(value | 0x80);
        }

        to[at++] = (byte)value;
        return at;
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> from, ref int at, out int value)
    {
        var read = 0UL;
        value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (at >= from.Length)
            {
                return false;
            }

            var b = from[at++];
            read |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                value = (int)read;
                return read <= int.MaxValue && (shift == 0 || b != 0);
            }
        }

        return false;
    }
}
