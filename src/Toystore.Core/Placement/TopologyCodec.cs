using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Toystore.Core.Placement;

/// <summary>
/// The topology document as bytes, version 1. Canonical: a document has one encoding, and what decodes encodes to the same bytes again. About 100 KB for N = 3 and any number of members, nearly all of it owners.
/// Integers are little-endian; <c>text</c> is a length byte and ASCII; an absent endpoint has an empty host and no port.
/// <code>
/// 1           version
/// 16          cluster id (big-endian, as it is written)
/// 8 8         epoch: lineage, number
/// 1 1 1       N, R, W
/// 2           members, ascending by id, each:
///   8 2 text    id, weight, zone
///   text 2      peer host, port; then the same for HTTP and for Redis
/// 2           conflict policies, ascending by prefix, each:
///   2 … 1       length of the prefix, prefix, policy
/// 1           owners of every slot if all have equally many; otherwise 0, and 16384 bytes: how many each has
/// 2 …         the owners, slot after slot, as positions in the list of members
/// </code>
/// </summary>
public static class TopologyCodec
{
    /// <summary>The longest encoding that is read, in bytes: more than the largest document needs.</summary>
    public const int BytesMax = 8 << 20;

    private const byte Version = 1;
    private const byte Mixed = 0;

    /// <summary>The canonical encoding.</summary>
    public static byte[] Encode(Topology topology)
    {
        var writer = new ArrayBufferWriter<byte>(128 << 10);
        WriteByte(writer, Version);
        _ = topology.ClusterId.Value.TryWriteBytes(writer.GetSpan(16), bigEndian: true, out _);
        writer.Advance(16);
        WriteUInt64(writer, topology.Epoch.Lineage);
        WriteUInt64(writer, topology.Epoch.Number);
        WriteByte(writer, (byte)topology.Quorums.Copies);
        WriteByte(writer, (byte)topology.Quorums.Reads);
        WriteByte(writer, (byte)topology.Quorums.Writes);
        WriteMembers(writer, topology.Members);
        WriteRules(writer, topology.Policies.Rules);
        WriteOwners(writer, topology.Owners);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> writes. False, at little cost, for anything else: too long, another version, cut short, not canonical, or not a valid document.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out Topology? topology)
    {
        topology = null;
        var reader = new Reader(bytes);
        if (bytes.Length > BytesMax
            || !reader.TryByte(out var version) || version != Version
            || !reader.TryBytes(16, out var cluster)
            || !reader.TryUInt64(out var lineage) || !reader.TryUInt64(out var number)
            || !reader.TryByte(out var copies) || !reader.TryByte(out var reads) || !reader.TryByte(out var writes)
            || !TryReadMembers(ref reader, out var members)
            || !TryReadRules(ref reader, out var rules)
            || !TryReadOwners(ref reader, Array.ConvertAll(members, member => member.Id), out var owners)
            || !reader.IsAtEnd)
        {
            return false;
        }

        topology = Topology.FromParts(new ClusterId(new Guid(cluster, bigEndian: true)), new Epoch(lineage, number), new Quorums(copies, reads, writes), members, rules, owners!);
        return topology is not null;
    }

    private static void WriteMembers(ArrayBufferWriter<byte> writer, ReadOnlySpan<Member> members)
    {
        WriteUInt16(writer, members.Length);
        foreach (var member in members)
        {
            WriteUInt64(writer, member.Id.Value);
            WriteUInt16(writer, member.Weight);
            WriteText(writer, member.Zone);
            WriteEndpoint(writer, member.PeerEndpoint);
            WriteEndpoint(writer, member.HttpEndpoint);
            WriteEndpoint(writer, member.RedisEndpoint);
        }
    }

    private static bool TryReadMembers(ref Reader reader, out Member[] members)
    {
        members = [];
        if (!reader.TryUInt16(out var count) || count > Topology.MembersMax)
        {
            return false;
        }

        var read = new List<Member>();
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryUInt64(out var id) || (i > 0 && id <= read[^1].Id.Value)
                || !reader.TryUInt16(out var weight)
                || !reader.TryText(out var zone)
                || !TryReadEndpoint(ref reader, out var peer) || peer is null
                || !TryReadEndpoint(ref reader, out var http)
                || !TryReadEndpoint(ref reader, out var redis))
            {
                return false;
            }

            read.Add(new Member(new NodeId(id), peer.Value) { Zone = zone, Weight = weight, HttpEndpoint = http, RedisEndpoint = redis });
        }

        members = [.. read];
        return true;
    }

    private static void WriteEndpoint(ArrayBufferWriter<byte> writer, Endpoint? endpoint)
    {
        WriteText(writer, endpoint?.Host ?? "");
        if (endpoint is { } present)
        {
            WriteUInt16(writer, present.Port);
        }
    }

    private static bool TryReadEndpoint(ref Reader reader, out Endpoint? endpoint)
    {
        endpoint = null;
        if (!reader.TryText(out var host))
        {
            return false;
        }

        if (host.Length == 0)
        {
            return true;
        }

        if (!reader.TryUInt16(out var port))
        {
            return false;
        }

        endpoint = new Endpoint(host, port);
        return true;
    }

    private static void WriteRules(ArrayBufferWriter<byte> writer, ReadOnlySpan<PolicyRule> rules)
    {
        WriteUInt16(writer, rules.Length);
        foreach (var rule in rules)
        {
            WriteUInt16(writer, rule.Prefix.Length);
            writer.Write(rule.Prefix.Span);
            WriteByte(writer, (byte)rule.Policy);
        }
    }

    private static bool TryReadRules(ref Reader reader, out PolicyRule[] rules)
    {
        rules = [];
        if (!reader.TryUInt16(out var count) || count > ConflictPolicies.RulesMax)
        {
            return false;
        }

        var read = new List<PolicyRule>();
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryUInt16(out var length) || length > Key.BytesMax
                || !reader.TryBytes(length, out var prefix) || (i > 0 && read[^1].Prefix.Span.SequenceCompareTo(prefix) >= 0)
                || !reader.TryByte(out var policy))
            {
                return false;
            }

            read.Add(new PolicyRule(prefix.ToArray(), (ConflictPolicy)policy));
        }

        rules = [.. read];
        return true;
    }

    private static void WriteOwners(ArrayBufferWriter<byte> writer, OwnerTable owners)
    {
        var uniform = owners.Owners(0).Length;
        for (var slot = 1; slot < Slot.Count; slot++)
        {
            uniform = owners.Owners(slot).Length == uniform ? uniform : Mixed;
        }

        WriteByte(writer, (byte)uniform);
        for (var slot = 0; slot < Slot.Count && uniform == Mixed; slot++)
        {
            WriteByte(writer, (byte)owners.Owners(slot).Length);
        }

        for (var slot = 0; slot < Slot.Count; slot++)
        {
            foreach (var owner in owners.Owners(slot))
            {
                WriteUInt16(writer, owner);
            }
        }
    }

    private static bool TryReadOwners(ref Reader reader, NodeId[] nodes, out OwnerTable? table)
    {
        table = null;
        if (!reader.TryByte(out var uniform) || uniform > Quorums.CopiesMax)
        {
            return false;
        }

        var counts = new byte[Slot.Count];
        counts.AsSpan().Fill(uniform);
        if (uniform == Mixed)
        {
            if (!reader.TryBytes(Slot.Count, out var read) || read.IndexOfAnyExcept(read[0]) < 0)
            {
                return false;
            }

            read.CopyTo(counts);
        }

        var total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        if (!reader.TryBytes(total * sizeof(ushort), out var bytes))
        {
            return false;
        }

        var owners = new ushort[total];
        for (var i = 0; i < total; i++)
        {
            owners[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..]);
        }

        return OwnerTable.TryCreate(nodes, counts, owners, out table);
    }

    private static void WriteByte(ArrayBufferWriter<byte> writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    private static void WriteUInt16(ArrayBufferWriter<byte> writer, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(writer.GetSpan(sizeof(ushort)), checked((ushort)value));
        writer.Advance(sizeof(ushort));
    }

    private static void WriteUInt64(ArrayBufferWriter<byte> writer, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(writer.GetSpan(sizeof(ulong)), value);
        writer.Advance(sizeof(ulong));
    }

    private static void WriteText(ArrayBufferWriter<byte> writer, string text)
    {
        WriteByte(writer, checked((byte)text.Length));
        writer.Advance(Encoding.ASCII.GetBytes(text, writer.GetSpan(text.Length)));
    }

    /// <summary>Takes one thing after another from the front, and nothing beyond the end.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public bool TryBytes(int length, out ReadOnlySpan<byte> taken)
        {
            if (_rest.Length < length)
            {
                taken = default;
                return false;
            }

            taken = _rest[..length];
            _rest = _rest[length..];
            return true;
        }

        public bool TryByte(out byte value)
        {
            var isThere = TryBytes(1, out var taken);
            value = isThere ? taken[0] : (byte)0;
            return isThere;
        }

        public bool TryUInt16(out ushort value)
        {
            var isThere = TryBytes(sizeof(ushort), out var taken);
            value = isThere ? BinaryPrimitives.ReadUInt16LittleEndian(taken) : (ushort)0;
            return isThere;
        }

        public bool TryUInt64(out ulong value)
        {
            var isThere = TryBytes(sizeof(ulong), out var taken);
            value = isThere ? BinaryPrimitives.ReadUInt64LittleEndian(taken) : 0;
            return isThere;
        }

        public bool TryText(out string text)
        {
            text = "";
            if (!TryByte(out var length) || !TryBytes(length, out var taken) || taken.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            {
                return false;
            }

            text = Encoding.ASCII.GetString(taken);
            return true;
        }
    }
}
