using System.Buffers.Binary;
using System.Text.Unicode;

namespace Toystore.Core.Versions;

// A container read where it lies, without making one: for whoever wants the dots of a million of them.
public static partial class ContainerCodec
{
    /// <summary>
    /// Goes through the bytes of one container, which are all of <paramref name="bytes"/>, and shows <paramref name="visitor"/> its dots. False for what <see cref="TryRead"/> would refuse, or would not read to the end; the visitor may
    /// have been shown some of it by then. Allocates nothing.
    /// </summary>
    public static bool TryWalk<TVisitor>(ReadOnlySpan<byte> bytes, ref TVisitor visitor)
        where TVisitor : struct, IContainerVisitor, allows ref struct
    {
        if (!TryReadHead(bytes, out var at, out var floor) || !TryReadVarint(bytes, ref at, out var actors) || actors > (bytes.Length - at) / ActorBytes)
        {
            return false;
        }

        var table = bytes.Slice(at, actors * ActorBytes);
        at += table.Length;
        if (!IsTable(table, floor) || !TryReadVarint(bytes, ref at, out var count) || count > (bytes.Length - at) / SiblingBytesMin)
        {
            return false;
        }

        visitor.Begin(floor, actors, count);
        for (var i = 0; i < actors; i++)
        {
            visitor.See(i, ReadDot(table[(i * ActorBytes)..]));
        }

        var last = default(Dot);
        for (var i = 0; i < count; i++)
        {
            if (!TryWalkSibling(bytes, table, floor, ref at, out var version) || (i > 0 && last.CompareTo(version.Dot) >= 0))
            {
                return false;
            }

            last = version.Dot;
            visitor.Live(version);
        }

        return at == bytes.Length;
    }

    private static bool TryWalkSibling(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> table, HybridTime floor, ref int at, out WalkedVersion version)
    {
        version = default;
        var actors = table.Length / ActorBytes;
        if (!TryReadVarint(bytes, ref at, out var index) || index > actors || bytes.Length - at < 10 + (index == actors ? ActorIdBytes : 0))
        {
            return false;
        }

        var seen = index < actors ? ReadDot(table[(index * ActorBytes)..]) : new Dot(ReadActor(bytes[at..]), floor);
        at += index < actors ? 0 : ActorIdBytes;
        var time = new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
        var kind = (ValueKind)bytes[at + 8];
        var has = bytes[at + 9];
        at += 10;
        if (time.Value == 0 || time > seen.Time || kind > ValueKind.Tombstone || has > (HasExpiry | HasContentType | HasRequestId) || (index == actors && IsListed(table, seen.Actor)))
        {
            return false;
        }

        UnixTime? expiry = null;
        if ((has & HasExpiry) != 0)
        {
            if (bytes.Length - at < 8)
            {
                return false;
            }

            expiry = new UnixTime(BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]));
            at += 8;
        }

        if ((has & HasContentType) != 0)
        {
            if (bytes.Length - at < 1 || bytes.Length - at - 1 < bytes[at] || !Utf8.IsValid(bytes.Slice(at + 1, bytes[at])))
            {
                return false;
            }

            at += 1 + bytes[at];
        }

        if ((has & HasRequestId) != 0)
        {
            if (bytes.Length - at < 16)
            {
                return false;
            }

            at += 16;
        }

        if (!TryReadVarint(bytes, ref at, out var length) || length > bytes.Length - at || (kind == ValueKind.Tombstone && (length > 0 || (has & HasContentType) != 0)))
        {
            return false;
        }

        at += length;
        version = new WalkedVersion(new Dot(seen.Actor, time), index, kind, expiry);
        return true;
    }

    private static Dot ReadDot(ReadOnlySpan<byte> from) => new(ReadActor(from), new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(from[ActorIdBytes..])));

    private static bool IsTable(ReadOnlySpan<byte> table, HybridTime floor)
    {
        var last = default(ActorId);
        for (var at = 0; at < table.Length; at += ActorBytes)
        {
            var entry = ReadDot(table[at..]);
            if (entry.Time <= floor || (at > 0 && last.CompareTo(entry.Actor) >= 0))
            {
                return false;
            }

            last = entry.Actor;
        }

        return true;
    }

    private static bool IsListed(ReadOnlySpan<byte> table, ActorId actor)
    {
        for (var at = 0; at < table.Length; at += ActorBytes)
        {
            if (ReadActor(table[at..]) == actor)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A live version of a container that is walked through (<see cref="ContainerCodec.TryWalk"/>).</summary>
/// <param name="Dot">Its name.</param>
/// <param name="Entry">Which entry of the context is its actor's; the number of entries if none is.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
public readonly record struct WalkedVersion(Dot Dot, int Entry, ValueKind Kind, UnixTime? ExpiresAt);

/// <summary>Is shown what is in a container, in the order of its bytes.</summary>
public interface IContainerVisitor
{
    /// <summary>First: the floor of its context, and how many entries and versions there are.</summary>
    void Begin(HybridTime floor, int entries, int versions);

    /// <summary>Then each entry of the context.</summary>
    void See(int entry, Dot seen);

    /// <summary>Then each live version.</summary>
    void Live(in WalkedVersion version);
}
