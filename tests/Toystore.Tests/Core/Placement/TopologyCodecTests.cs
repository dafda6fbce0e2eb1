using CsCheck;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class TopologyCodecTests
{
    private static readonly Gen<Endpoint> GenEndpoint = Gen.Select(Gen.OneOf("host-", "10.0.0.", "2001:db8::"), Gen.Int[1, 255], Gen.Int[1, 65535], (host, number, port) =>
        new Endpoint(host.Contains(':', StringComparison.Ordinal) ? $"{host}{number:x}" : host + number, port));

    private static readonly Gen<Member> GenMember = Gen.Select(
        Gen.ULong[1, ulong.MaxValue],
        Gen.OneOf("a", "rack-2", new string('z', Member.ZoneCharsMax)),
        Gen.Int[1, Member.WeightMax],
        GenEndpoint,
        GenEndpoint.Nullable(),
        GenEndpoint.Nullable(),
        (id, zone, weight, peer, http, redis) => new Member(new NodeId(id), peer) { Zone = zone, Weight = weight, HttpEndpoint = http, RedisEndpoint = redis });

    private static readonly Gen<PolicyRule> GenRule = Gen.Select(Gen.Byte.Array[0, 8], Gen.Bool, (prefix, wins) => new PolicyRule(prefix, wins ? ConflictPolicy.LastWriteWins : ConflictPolicy.Siblings));

    private static readonly Gen<Topology> GenTopology =
        Gen.Select(GenMember.Array[1, 9], GenRule.Array[0, 4], Gen.Int[1, 5], Gen.Guid)
            .Where((members, rules, copies, cluster) => Topology.Problems(new ClusterId(cluster), members, new Quorums(copies, 1, 1), rules).Count == 0)
            .Select((members, rules, copies, cluster) => Topology.Found(new ClusterId(cluster), members, new Quorums(copies, 1, copies), rules));

    private static readonly Gen<Topology> GenPast = Gen.Int[0, int.MaxValue].Select(seed => new RandomPast(seed, isChecked: false).Run(documents: 12));

    [Fact]
    public void A_document_survives_being_written_and_read() => GenTopology.Sample(AssertSurvives, iter: 25);

    [Fact]
    public void A_document_whose_slots_have_different_numbers_of_owners_survives_too() => Gen.Byte[1, 3].Array[Slot.Count].Where(counts => counts.Distinct().Count() > 1).Sample(
        counts =>
        {
            var members = Clusters.Of(3);
            var owners = counts.SelectMany((count, slot) => Enumerable.Range(slot, count).Select(i => (ushort)(i % 3))).ToArray();
            Assert.True(OwnerTable.TryCreate([.. members.Select(member => member.Id)], counts, owners, out var table));
            AssertSurvives(Topology.FromParts(Clusters.Id, new Epoch(5, 6), Quorums.Default, members, [1, 2, 6], [], [], Placements.Settled(table!, 3))!);
        },
        iter: 5);

    [Theory] // bytes for owners, and for all that is not owners
    [InlineData(3, 49_152, 200)]
    [InlineData(100, 49_152, 3000)]
    [InlineData(1000, 98_304, 32_000)]
    public void Owners_take_nearly_all_of_a_document(int members, int owners, int others) =>
        Assert.InRange(TopologyCodec.Encode(Clusters.Topology(Clusters.Of(members))).Length, owners, owners + others);

    [Fact]
    public void That_slots_could_move_costs_a_settled_document_less_than_a_hundredth() =>
        Assert.InRange(TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3))).Length, 0, (49_152 + 167) * 1.01);

    [Theory]
    [InlineData(100, 100, false)]
    [InlineData(100, 100, true)]
    [InlineData(300, 300, false)]
    [InlineData(300, 300, true)]
    public void A_document_with_16384_moves_takes_less_than_400_KB(int members, int others, bool isBegun)
    {
        var topology = Clusters.Topology(Clusters.Of(members));
        topology = topology.After([.. Enumerable.Range(members + 1, others).Select(id => new TopologyChange.Join(Clusters.Member(id, "z0")))]);
        topology = topology.After([.. Enumerable.Range(1, members).Select(id => new TopologyChange.Leave(new NodeId((ulong)id)))]);
        topology = isBegun ? topology.Step(topology.Nothing())! : topology;
        Assert.Equal(Slot.Count, topology.MovingCount + topology.PendingCount);
        Assert.InRange(TopologyCodec.Encode(topology).Length, 100_000, 400_000);
    }

    [Fact]
    public void A_document_survives_whatever_has_happened_to_its_cluster() => GenPast.Sample(AssertSurvives, iter: 12);

    [Fact]
    public void Whatever_is_read_is_written_as_the_same_bytes() => Gen.Select(GenPast, Gen.Int[0, int.MaxValue]).Sample(
        (topology, seed) =>
        {
            var bytes = TopologyCodec.Encode(topology);
            var random = new Random(seed);
            for (var i = 0; i < 25; i++)
            {
                var mutated = Mutated(bytes, random);
                Assert.True(!TopologyCodec.TryDecode(mutated, out var read) || TopologyCodec.Encode(read!).AsSpan().SequenceEqual(mutated));
            }
        },
        iter: 12);

    [Fact]
    public void A_document_cut_short_or_too_long_is_refused()
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)));
        Assert.All(Enumerable.Range(0, 300).Concat([bytes.Length - 1]), length => Assert.False(TopologyCodec.TryDecode(bytes.AsSpan(0, length), out _)));
        Assert.False(TopologyCodec.TryDecode([.. bytes, 0], out _));
    }

    [Fact]
    public void Noise_is_refused() => Gen.Byte.Array[0, 400].Sample(bytes => Assert.False(TopologyCodec.TryDecode(bytes, out _)), iter: 2000);

    [Theory] // offsets: see the layout in TopologyCodec
    [InlineData(0, 1)] // a version of the past
    [InlineData(0, 3)] // a version of the future
    [InlineData(33, 0)] // N = 0
    [InlineData(34, 4)] // R > N
    [InlineData(38, 0)] // a member n0
    [InlineData(46, 0)] // a weight of 0
    [InlineData(48, 2)] // an unknown phase
    [InlineData(48, 1)] // leaving, though it is to own slots of the goal
    [InlineData(49, 0)] // a member since never
    [InlineData(49, 9)] // a member since a document yet to come
    public void A_document_that_is_not_valid_is_refused(int offset, byte value)
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)).After(new TopologyChange.Join(Clusters.Member(4))));
        Assert.True(TopologyCodec.TryDecode(bytes, out _));
        bytes[offset] = value;
        Assert.False(TopologyCodec.TryDecode(bytes, out _));
    }

    [Fact]
    public void A_slot_owned_twice_by_one_member_is_refused()
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)));
        var lastOwner = bytes.Length - 19; // what follows: counts of two sparse tables (4 bytes each), one number (2), two runs of it (4 each)
        Assert.NotEqual(bytes[lastOwner], bytes[lastOwner - 1]);
        bytes[lastOwner] = bytes[lastOwner - 1];
        Assert.False(TopologyCodec.TryDecode(bytes, out _));
    }

    [Fact]
    public void Equal_numbers_are_written_one_way_only()
    {
        var bytes = TopologyCodec.Encode(Clusters.Topology(Clusters.Of(3)));
        var since = bytes.Length - 8; // 2 of 8 bytes each: a run of 16384 times 0, and one of 49152
        byte[] split = [.. bytes[..since], .. Run(16_000), .. Run(384), .. bytes[(since + 4)..]];
        Assert.Equal(Run(16_384), bytes[since..(since + 4)]);
        Assert.False(TopologyCodec.TryDecode(split, out _));

        static byte[] Run(int length)
        {
            var writer = new TopologyWriter();
            writer.Number((ulong)length << 1);
            writer.Number(0);
            return writer.Written.ToArray();
        }
    }

    private static readonly Dictionary<string, Func<Parts, Parts>> Contradictions = new()
    {
        ["a node that is no member"] = parts => parts with { Former = [] },
        ["a former member that is one"] = parts => parts with { Former = [.. parts.Former, new FormerMember(new NodeId(2), 5, MemberExit.Left)] },
        ["former members in disorder"] = parts => parts with { Former = [.. parts.Former, new FormerMember(new NodeId(99), 1, MemberExit.Left)] },
        ["one that goes in a document yet to come"] = parts => parts with { Former = [.. parts.Former, new FormerMember(new NodeId(99), 99, MemberExit.Left)] },
        ["an unknown exit"] = parts => parts with { Former = [.. parts.Former, new FormerMember(new NodeId(99), 5, (MemberExit)3)] },
        ["nobody as a former member"] = parts => parts with { Former = [.. parts.Former, new FormerMember(default, 5, MemberExit.Left)] },
        ["a member without slots that is no node"] = parts => parts with { Members = [.. parts.Members, Clusters.Member(99)], Since = [.. parts.Since, 1] },
        ["a gaining owner that leaves, in stage 1"] = parts => parts with { Members = [.. parts.Members.Select(member => member.Id.Value == 7 ? member with { Phase = MemberPhase.Leaving } : member)] },
        ["a number that has not been"] = parts => parts with { Epoch = parts.Epoch with { Number = 2 } },
        ["no lineage"] = parts => parts with { Epoch = parts.Epoch with { Lineage = 0 } },
    };

    public static TheoryData<string> ContradictionNames() => [.. Contradictions.Keys];

    [Theory]
    [MemberData(nameof(ContradictionNames))]
    public void Parts_that_contradict_each_other_are_no_document(string what)
    {
        var parts = Parts.Of(Moved());
        Assert.NotNull(parts.Make());
        Assert.Null(Contradictions[what](parts).Make());
    }

    private static readonly Dictionary<string, Action<SlotRow>> BadRows = new()
    {
        ["a goal that it has already"] = row => row.Goal = [.. row.Gaining],
        ["a move to the owners that it has"] = row => (row.Gaining, row.Begun) = ([.. row.Owners.Reverse()], [1, 1, 1]),
        ["a stage and nowhere to go"] = row => (row.Gaining, row.Begun) = ([], [1, 1, 1]),
        ["a move and no stage"] = row => row.Stage = MoveStage.Settled,
        ["an unknown stage"] = row => row.Stage = (MoveStage)3,
        ["one number too few"] = row => row.Begun = [1, 1, 1],
        ["an owner that begins after the slot last changed"] = row => row.Begun = [1, 1, 1, 5],
        ["an owner that never began"] = row => row.Begun = [0, 1, 1, 3],
        ["a change that never was"] = row => row.Since = 0,
        ["a change to come"] = row => row.Since = 99,
    };

    public static TheoryData<string> BadRowNames() => [.. BadRows.Keys];

    [Theory]
    [MemberData(nameof(BadRowNames))]
    public void A_slot_that_contradicts_itself_is_in_no_document(string what)
    {
        var topology = Moved();
        var draft = new PlacementDraft(topology.Placements);
        var row = draft.Write(topology.SlotsIn(MoveStage.ReadOld).First(slot => topology.BegunOf(slot, topology.OwnersOf(slot)[0]) == 1).Index);
        Assert.Equal((3UL, 4), (row.Since, row.Begun.Length));
        BadRows[what](row);
        Assert.Throws<InvariantException>(() => draft.Finish(topology.Owners.Nodes.ToArray(), topology.Epoch.Number));
    }

    /// <summary>Document 4: n7 has joined and gains slots, n6 was removed and is still named.</summary>
    private static Topology Moved()
    {
        var topology = Clusters.Topology(Clusters.Of(6)).After(new TopologyChange.Join(Clusters.Member(7)));
        return topology.Step(topology.Nothing())!.After(new TopologyChange.Remove(new NodeId(6)));
    }

    private static byte[] Mutated(byte[] bytes, Random random)
    {
        var head = bytes.Length < 2000 ? bytes.Length : 600;
        var mutated = bytes.ToArray();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var place = random.Next(3) switch { 0 => random.Next(head), 1 => bytes.Length - 1 - random.Next(3000), _ => random.Next(bytes.Length) };
            mutated[place] = (byte)(random.Next(2) == 0 ? random.Next(256) : mutated[place] ^ (1 << random.Next(8)));
        }

        return random.Next(4) switch
        {
            0 when random.Next(bytes.Length) is var cut => [.. mutated[..cut], .. mutated[(cut + 1)..]],
            1 when random.Next(bytes.Length) is var cut => [.. mutated[..cut], (byte)random.Next(256), .. mutated[cut..]],
            _ => mutated,
        };
    }

    private static void AssertSurvives(Topology topology)
    {
        var bytes = TopologyCodec.Encode(topology);
        Assert.True(TopologyCodec.TryDecode(bytes, out var read));
        Assert.Equal(topology.ClusterId, read!.ClusterId);
        Assert.Equal(topology.Epoch, read.Epoch);
        Assert.Equal(topology.Quorums, read.Quorums);
        Assert.Equal(topology.Members.ToArray(), read.Members.ToArray());
        Assert.Equal(topology.Members.ToArray().Select(member => topology.SinceOf(member.Id)), read.Members.ToArray().Select(member => read.SinceOf(member.Id)));
        Assert.Equal(topology.Former.ToArray(), read.Former.ToArray());
        Assert.Equal(topology.Policies.Rules.ToArray(), read.Policies.Rules.ToArray());
        Assert.True(Clusters.Slots().All(slot => topology.Owners.Owners(slot).SequenceEqual(read.Owners.Owners(slot))));
        Assert.True(Clusters.Slots().All(slot => topology.Gaining.Owners(slot).SequenceEqual(read.Gaining.Owners(slot)) && topology.Goal.Owners(slot).SequenceEqual(read.Goal.Owners(slot))));
        Assert.True(Clusters.Slots().All(slot => (topology.StageOf(slot), topology.SinceOf(slot)) == (read.StageOf(slot), read.SinceOf(slot))));
        Assert.True(Clusters.Slots().All(slot => topology.Placements.Tenures.Begun(slot.Index).SequenceEqual(read.Placements.Tenures.Begun(slot.Index))));
        Assert.Equal(topology.Fingerprint, read.Fingerprint);
        Assert.Equal(bytes, TopologyCodec.Encode(read));
    }

    /// <summary>What a document is made of, to be contradicted.</summary>
    private sealed record Parts
    {
        public required Epoch Epoch { get; init; }

        public required Member[] Members { get; init; }

        public required ulong[] Since { get; init; }

        public required FormerMember[] Former { get; init; }

        public required Placements Placements { get; init; }

        public static Parts Of(Topology topology) => new()
        {
            Epoch = topology.Epoch,
            Members = topology.Members.ToArray(),
            Since = topology.MembersSince.ToArray(),
            Former = topology.Former.ToArray(),
            Placements = topology.Placements,
        };

        public Topology? Make() => Topology.FromParts(Clusters.Id, Epoch, Quorums.Default, Members, Since, Former, [], Placements);
    }
}
