namespace Toystore.Core.Placement;

/// <summary>
/// The topology document as bytes, version 2. Canonical: a document has one encoding, and what decodes encodes to the same bytes again. Nearly all of it are owners: some 50 KB for N = 3 and up to 256 members, 100 KB for more
/// (docs/protocols/topology.md has the sizes while slots move). Fixed integers are little-endian; <c>v</c> is a number of seven bits a byte; <c>text</c> is a length byte and ASCII; an absent endpoint has an empty host and no port; <c>runs</c> are
/// numbers that repeat (<see cref="TopologyWriter.Runs"/>).
/// <code>
/// 1           version
/// 16          cluster id (big-endian, as it is written)
/// 8 8         epoch: lineage, number
/// 1 1 1       N, R, W
/// 2           members, ascending by id, each:
///   8 2 1 v     id, weight, phase, since
///   text        zone
///   text 2      peer host, port; then the same for HTTP and for Redis
/// v           former members, ascending by when they went, then by id, each:
///   v 8 1       how much later than the one before, id, exit (+ 128 if owners name it still)
/// 2           conflict policies, ascending by prefix, each:
///   2 … 1       length of the prefix, prefix, policy
/// runs …      owners: how many each slot has; then all of them, as positions in the list of nodes: members, and former members that are named, ascending by id; one byte each if that list has at most 256, otherwise two
/// runs …      gaining owners, in the same way: none of slots that do not move
/// runs        the stages of those that do
/// runs …      goals, in the same way: none of slots that have no other than they have or move to
/// v, v …      all different numbers in the two lines below: how many, and each as the distance from the one before
/// runs        since of each slot, as positions in that list
/// runs        begun of each owner, and of each gaining owner that is not one, slot after slot, likewise
/// </code>
/// </summary>
public static class TopologyCodec
{
    /// <summary>The longest encoding that is read, in bytes: more than documents need.</summary>
    public const int BytesMax = 8 << 20;

    /// <summary>With at most so many nodes an owner takes one byte.</summary>
    internal const int NarrowNodesMax = 256;

    private const byte Version = 2;
    private const byte Named = 128;

    /// <summary>The canonical encoding.</summary>
    public static byte[] Encode(Topology topology)
    {
        var writer = new TopologyWriter();
        writer.Byte(Version);
        Span<byte> cluster = stackalloc byte[16];
        _ = topology.ClusterId.Value.TryWriteBytes(cluster, bigEndian: true, out _);
        writer.Bytes(cluster);
        writer.UInt64(topology.Epoch.Lineage);
        writer.UInt64(topology.Epoch.Number);
        writer.Byte((byte)topology.Quorums.Copies);
        writer.Byte((byte)topology.Quorums.Reads);
        writer.Byte((byte)topology.Quorums.Writes);
        WriteMembers(writer, topology);
        WriteFormer(writer, topology);
        WriteRules(writer, topology.Policies.Rules);
        WritePlacements(writer, topology.Placements);
        return writer.Written.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> writes. False, at little cost, for anything else: too long, another version, cut short, not canonical, or not a valid document.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out Topology? topology)
    {
        topology = null;
        var reader = new TopologyReader(bytes);
        if (bytes.Length > BytesMax
            || !reader.TryByte(out var version) || version != Version
            || !reader.TryBytes(16, out var cluster)
            || !reader.TryUInt64(out var lineage) || !reader.TryUInt64(out var number)
            || !reader.TryByte(out var copies) || !reader.TryByte(out var reads) || !reader.TryByte(out var writes)
            || !TryReadMembers(ref reader, out var members, out var since)
            || !TryReadFormer(ref reader, out var former, out var named)
            || !TryReadRules(ref reader, out var rules)
            || !TryReadPlacements(ref reader, [.. members.Select(member => member.Id).Concat(named).Order()], number, out var placements)
            || !reader.IsAtEnd)
        {
            return false;
        }

        var epoch = new Epoch(lineage, number);
        var read = Topology.FromParts(new ClusterId(new Guid(cluster, bigEndian: true)), epoch, new Quorums(copies, reads, writes), members, since, former, rules, placements!);

        // Whatever could be written in more than one way is found here, once and for all.
        topology = read is not null && Encode(read).AsSpan().SequenceEqual(bytes) ? read : null;
        return topology is not null;
    }

    private static void WriteMembers(TopologyWriter writer, Topology topology)
    {
        writer.UInt16(topology.Members.Length);
        for (var i = 0; i < topology.Members.Length; i++)
        {
            var member = topology.Members[i];
            writer.UInt64(member.Id.Value);
            writer.UInt16(member.Weight);
            writer.Byte((byte)member.Phase);
            writer.Number(topology.MembersSince[i]);
            writer.Text(member.Zone);
            writer.Endpoint(member.PeerEndpoint);
            writer.Endpoint(member.HttpEndpoint);
            writer.Endpoint(member.RedisEndpoint);
        }
    }

    private static bool TryReadMembers(ref TopologyReader reader, out Member[] members, out ulong[] since)
    {
        (members, since) = ([], []);
        if (!reader.TryUInt16(out var count) || count > Topology.MembersMax)
        {
            return false;
        }

        var (read, numbers) = (new List<Member>(), new List<ulong>());
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryUInt64(out var id)
                || !reader.TryUInt16(out var weight)
                || !reader.TryByte(out var phase)
                || !reader.TryNumber(out var number)
                || !reader.TryText(out var zone)
                || !reader.TryEndpoint(out var peer) || peer is null
                || !reader.TryEndpoint(out var http)
                || !reader.TryEndpoint(out var redis))
            {
                return false;
            }

            read.Add(new Member(new NodeId(id), peer.Value) { Zone = zone, Weight = weight, Phase = (MemberPhase)phase, HttpEndpoint = http, RedisEndpoint = redis });
            numbers.Add(number);
        }

        (members, since) = ([.. read], [.. numbers]);
        return true;
    }

    private static void WriteFormer(TopologyWriter writer, Topology topology)
    {
        writer.Number((ulong)topology.Former.Length);
        var last = 0UL;
        foreach (var (id, gone, exit) in topology.Former)
        {
            var isNamed = topology.Owners.Nodes.BinarySearch(id) >= 0;
            writer.Number(gone - last);
            writer.UInt64(id.Value);
            writer.Byte((byte)((byte)exit | (isNamed ? Named : 0)));
            last = gone;
        }
    }

    private static bool TryReadFormer(ref TopologyReader reader, out FormerMember[] former, out List<NodeId> named)
    {
        (former, named) = ([], []);
        if (!reader.TryNumber(Topology.FormerMax + Topology.MembersMax, out var count))
        {
            return false;
        }

        var read = new List<FormerMember>();
        var gone = 0UL;
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryNumber(out var later) || !reader.TryUInt64(out var id) || !reader.TryByte(out var exit))
            {
                return false;
            }

            gone += later;
            read.Add(new FormerMember(new NodeId(id), gone, (MemberExit)(exit & ~Named)));
            if ((exit & Named) != 0)
            {
                named.Add(new NodeId(id));
            }
        }

        former = [.. read];
        return true;
    }

    private static void WriteRules(TopologyWriter writer, ReadOnlySpan<PolicyRule> rules)
    {
        writer.UInt16(rules.Length);
        foreach (var rule in rules)
        {
            writer.UInt16(rule.Prefix.Length);
            writer.Bytes(rule.Prefix.Span);
            writer.Byte((byte)rule.Policy);
        }
    }

    private static bool TryReadRules(ref TopologyReader reader, out PolicyRule[] rules)
    {
        rules = [];
        if (!reader.TryUInt16(out var count) || count > ConflictPolicies.RulesMax)
        {
            return false;
        }

        var read = new List<PolicyRule>();
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryUInt16(out var length) || length > Key.BytesMax || !reader.TryBytes(length, out var prefix) || !reader.TryByte(out var policy))
            {
                return false;
            }

            read.Add(new PolicyRule(prefix.ToArray(), (ConflictPolicy)policy));
        }

        rules = [.. read];
        return true;
    }

    private static void WritePlacements(TopologyWriter writer, Placements placements)
    {
        writer.Table(placements.Owners);
        writer.Table(placements.Gaining);
        var stages = new List<uint>();
        foreach (var stage in placements.Stages)
        {
            if (stage != MoveStage.Settled)
            {
                stages.Add((uint)stage);
            }
        }

        writer.Runs(stages.ToArray());
        writer.Table(placements.Goal);
        var since = placements.Tenures.Since.ToArray();
        var begun = placements.Tenures.AllBegun.ToArray();
        ulong[] numbers = [.. since.Concat(begun).Distinct().Order()];
        var places = new Dictionary<ulong, uint>(numbers.Length);
        writer.Number((ulong)numbers.Length);
        for (var i = 0; i < numbers.Length; i++)
        {
            places.Add(numbers[i], (uint)i);
            writer.Number(numbers[i] - (i == 0 ? 0 : numbers[i - 1]));
        }

        writer.Runs(Array.ConvertAll(since, number => places[number]));
        writer.Runs(Array.ConvertAll(begun, number => places[number]));
    }

    private static bool TryReadPlacements(ref TopologyReader reader, NodeId[] nodes, ulong newest, out Placements? placements)
    {
        placements = null;
        if (!reader.TryTable(nodes, isSparse: false, out var owners) || !reader.TryTable(nodes, isSparse: true, out var gaining))
        {
            return false;
        }

        var stages = new MoveStage[Slot.Count];
        var moving = Enumerable.Range(0, Slot.Count).Where(slot => !gaining!.Owners(slot).IsEmpty).ToArray();
        var read = new int[moving.Length];
        if (!reader.TryRuns(read, (int)MoveStage.ReadNew))
        {
            return false;
        }

        for (var i = 0; i < read.Length; i++)
        {
            stages[moving[i]] = (MoveStage)read[i];
        }

        var holders = Tenures.CountHolders(owners!, gaining!);
        var since = new int[Slot.Count];
        var begun = new int[holders.Sum()];
        if (!reader.TryTable(nodes, isSparse: true, out var goal)
            || !reader.TryNumber(since.Length + begun.Length, out var count) || count == 0
            || !TryReadNumbers(ref reader, count, out var numbers)
            || !reader.TryRuns(since, count - 1)
            || !reader.TryRuns(begun, count - 1))
        {
            return false;
        }

        placements = Placements.TryCreate(owners!, gaining!, stages, goal!, Array.ConvertAll(since, place => numbers[place]), Array.ConvertAll(begun, place => numbers[place]), newest);
        return placements is not null;
    }

    private static bool TryReadNumbers(ref TopologyReader reader, int count, out ulong[] numbers)
    {
        var last = 0UL;
        numbers = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryNumber(out var distance))
            {
                return false;
            }

            numbers[i] = last += distance;
        }

        return true;
    }
}
