using System.Security.Cryptography;
using Toystore.Core;
using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;
using static Toystore.Tests.Core.Membership.TestKeys;

namespace Toystore.Tests.Core.Membership;

public sealed class PacketSealTests
{
    private static readonly ClusterKey One = Key(1);
    private static readonly ClusterKey Two = Key(2);
    private static readonly byte[] Body = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    public void What_was_sealed_with_a_key_is_opened_with_it(int bytes)
    {
        Assert.True(ClusterKey.TryCreate(Enumerable.Repeat((byte)7, bytes).ToArray(), out var key));
        var seal = Seal(Ring(key!));
        var packet = seal.Seal(Body);
        Assert.Equal(Body.Length + 46, packet.Length);
        Assert.Equal(SealVerdict.Opened, Open(seal, packet, out var body));
        Assert.Equal(Body, body);
        Assert.True(packet.AsSpan().IndexOf(Body.AsSpan(0, 8)) < 0);
    }

    [Fact]
    public void Every_bit_of_a_sealed_packet_matters()
    {
        var seal = Seal(Ring(One));
        var packet = seal.Seal(Body);
        for (var bit = 0; bit < packet.Length * 8; bit++)
        {
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(SealVerdict.Opened, Open(seal, packet, out _));
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.All(Enumerable.Range(0, packet.Length), length => Assert.NotEqual(SealVerdict.Opened, Open(seal, packet[..length], out _)));
    }

    [Fact]
    public void Without_the_key_nothing_is_opened_and_with_a_key_nothing_open_is_taken()
    {
        Assert.Equal(SealVerdict.NoKeyOpens, Open(Seal(Ring(Two)), Seal(Ring(One)).Seal(Body), out _));
        Assert.Equal(SealVerdict.NoKeyOpens, Open(Seal(KeyRing.Empty), Seal(Ring(One)).Seal(Body), out _));
        Assert.Equal(SealVerdict.NotSealed, Open(Seal(Ring(One)), Seal(KeyRing.Empty).Seal(Body), out _));
    }

    [Fact]
    public void Every_bit_of_an_open_packet_matters()
    {
        var seal = Seal(KeyRing.Empty);
        var packet = seal.Seal(Body);
        Assert.Equal(SealVerdict.Opened, Open(seal, packet, out var body));
        Assert.Equal(Body, body);
        for (var bit = 0; bit < packet.Length * 8; bit++)
        {
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(SealVerdict.Opened, Open(seal, packet, out _));
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.All(Enumerable.Range(0, packet.Length), length => Assert.NotEqual(SealVerdict.Opened, Open(seal, packet[..length], out _)));
    }

    [Fact]
    public void A_packet_that_no_key_opens_costs_no_exception_and_leaves_nothing_in_the_room()
    {
        var seal = Seal(Ring(One, Two, Key(3), Key(4)));
        var packet = Seal(Ring(Key(5))).Seal(Body);
        var room = new byte[packet.Length];
        var thrown = 0;
        void Count(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs e) => thrown += e.Exception is CryptographicException ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            Assert.Equal(SealVerdict.NoKeyOpens, seal.Open(packet, room, out _, out _));
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        Assert.Equal(0, thrown);
        Assert.All(room, each => Assert.Equal(0, each));
    }

    [Fact]
    public void A_letter_is_no_packet_and_a_packet_no_letter()
    {
        var seal = Seal(Ring(One));
        var open = Seal(KeyRing.Empty);
        Assert.Equal(SealVerdict.Malformed, Open(seal, seal.SealLetter(Body, 0), out _));
        Assert.Equal(SealVerdict.Malformed, seal.OpenLetter(seal.Seal(Body), out _, out _));
        Assert.Equal(SealVerdict.Malformed, Open(open, open.SealLetter(Body, -1), out _));
        var moved = seal.SealLetter(Body, 0);
        moved[1] ^= 2;
        Assert.Equal(SealVerdict.NoKeyOpens, Open(seal, moved, out _));
        Assert.Equal(SealVerdict.Opened, seal.OpenLetter(seal.SealLetter(Body, 0), out var body, out var key));
        Assert.Equal(Body, body);
        Assert.Equal(0, key);
    }

    [Fact]
    public void A_sealed_packet_moved_to_another_cluster_is_not_opened_there()
    {
        var there = new PacketSeal(new(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)), Ring(One), RandomNumberGenerator.Fill);
        var packet = Seal(Ring(One)).Seal(Body);
        Assert.Equal(SealVerdict.ForeignCluster, there.Open(packet, new byte[999], out _, out var cluster));
        Assert.Equal(Cluster, cluster);
        there.Seal([]).AsSpan(2, 16).CopyTo(packet.AsSpan(2));
        Assert.Equal(SealVerdict.NoKeyOpens, there.Open(packet, new byte[999], out _, out _));
    }

    [Fact]
    public void A_packet_of_another_version_is_told_apart_from_noise()
    {
        var packet = Seal(KeyRing.Empty).Seal(Body);
        packet[0] = 2;
        Assert.Equal(SealVerdict.OtherVersion, Open(Seal(KeyRing.Empty), packet, out _));
        Assert.Equal(SealVerdict.Malformed, Open(Seal(KeyRing.Empty), [1, 2, 3], out _));
    }

    /// <summary>Add everywhere, use everywhere, remove everywhere, one member after the other: at every moment every member reads every other.</summary>
    [Fact]
    public void A_key_is_changed_without_a_gap()
    {
        var members = Enumerable.Repeat(Ring(One), 4).ToArray();
        foreach (var step in (Func<KeyRing, KeyRing>[])[Added, Used, Removed])
        {
            for (var i = 0; i < members.Length; i++)
            {
                members[i] = step(members[i]);
                AssertAllReadAll(members);
            }
        }

        Assert.All(members, ring => Assert.Equal([Two], ring.Keys));

        static KeyRing Added(KeyRing ring) => ring.Add(Two, out var added) ? added : throw new InvariantException("there is room");
        static KeyRing Used(KeyRing ring) => ring.Use(Two, out var used) ? used : throw new InvariantException("it is there");
        static KeyRing Removed(KeyRing ring) => ring.Remove(One, out var removed) ? removed : throw new InvariantException("it is not in use");
    }

    [Fact]
    public void A_cluster_without_keys_gets_one_without_a_gap()
    {
        var members = Enumerable.Repeat(KeyRing.Empty, 4).ToArray();
        foreach (var (seals, accepts) in ((bool, bool)[])[(false, true), (true, true), (true, false)])
        {
            for (var i = 0; i < members.Length; i++)
            {
                members[i] = Ring(One) with { SealsOutgoing = seals, AcceptsOpen = accepts };
                AssertAllReadAll(members);
            }
        }
    }

    [Fact]
    public void The_key_in_use_cannot_be_removed_nor_one_used_that_is_not_there_nor_a_fifth_added()
    {
        Assert.False(Ring(One).Remove(One, out var same));
        Assert.Equal(Ring(One), same);
        Assert.False(Ring(One).Use(Two, out _));
        Assert.True(Ring(One).Add(One, out var again));
        Assert.Single(again.Keys);
        Assert.False(Ring(One, Two, Key(3), Key(4)).Add(Key(5), out _));
    }

    [Fact]
    public void A_key_does_not_show_its_secret()
    {
        Assert.True(ClusterKey.TryParse(Convert.ToBase64String(One.Secret), out var parsed));
        Assert.Equal((One, One.Fingerprint), (parsed, $"{One}"));
        Assert.Equal(8, One.Fingerprint.Length);
        Assert.All((string?[])[null, "", "abc", "AAAA", new string('A', 65), "?"], text => Assert.False(ClusterKey.TryParse(text, out _)));
    }

    [Fact]
    public void Without_the_key_a_member_learns_nothing_changes_nothing_and_is_reported()
    {
        var scene = new Scene(members: 3, seal: Seal(Ring(One)));
        var version = scene.Swim.Version;
        var forger = Seal(Ring(Two));
        scene.Receive(forger.Seal(Say.Body(2, Say.Boot, Say.Ping(1, 1), Say.Dead(3, by: 2))), Say.At(2));
        scene.Receive(Seal(KeyRing.Empty).Seal(Say.Body(2, Say.Boot, Say.Dead(3, by: 2))), Say.At(2));
        Assert.False(scene.Merge(forger.Seal(Say.Body(2, Say.Boot, Say.Row(9))), 2, null));
        Assert.Equal((version, 0), (scene.Swim.Version, scene.Sent.Count));
        Assert.Equal([new SwimEvent.Unreadable(SealVerdict.NoKeyOpens, Say.At(2))], scene.Events);
    }

    /// <summary>What a copy of a packet can do that somebody sends again.</summary>
    [Fact]
    public void A_packet_sent_again_does_not_bring_back_the_dead_nor_accuse_who_has_refuted()
    {
        var scene = new Scene(members: 3, seal: Seal(Ring(One)));
        var (target, sequence) = scene.Ping();
        byte[] Packet(int from, params byte[][] messages) => scene.Seal.Seal(Say.Body(from, Say.Boot, messages));
        var (ack, alive, accusation) = (Packet(target, Say.Ack(sequence)), Packet(3, Say.Alive(3)), Packet(2, Say.Suspect(1, by: 2)));
        scene.Receive(ack, Say.At(target));
        scene.Receive(accusation, Say.At(2));
        scene.Receive(accusation, Say.At(2));
        Assert.Equal(new Incarnation(Say.Boot + 1), scene.Swim.Incarnation);
        scene.Receive(2, Say.Dead(3, by: 2));
        scene.Receive(alive, Say.At(3));
        Assert.Equal(MemberState.Dead, scene.State(3));
        for (var i = 0; i < 20; i++)
        {
            scene.NextPeriod();
            scene.Receive(ack, Say.At(target));
        }

        Assert.NotEqual(MemberState.Alive, scene.State(2));
    }

    [Fact]
    public void Every_packet_has_a_nonce_of_its_own()
    {
        var seal = Seal(Ring(One));
        var nonces = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(seal.Seal(Body).AsSpan(18, 12))).ToHashSet();
        Assert.Equal(1000, nonces.Count);
    }

    private static void AssertAllReadAll(KeyRing[] members) =>
        Assert.All(members, from => Assert.All(members, to => Assert.Equal(SealVerdict.Opened, Open(Seal(to), Seal(from).Seal(Body), out _))));

    private static SealVerdict Open(PacketSeal seal, byte[] packet, out byte[] body)
    {
        var verdict = seal.Open(packet, new byte[packet.Length], out var opened, out _);
        body = opened.ToArray();
        return verdict;
    }

    private static PacketSeal Seal(KeyRing keys) => new(Cluster, keys, RandomNumberGenerator.Fill);
}
