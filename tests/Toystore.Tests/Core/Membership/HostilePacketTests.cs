using CsCheck;
using Toystore.Core.Membership;
using Toystore.Simulation.Chances;

namespace Toystore.Tests.Core.Membership;

public sealed class HostilePacketTests
{
    private static readonly byte[][] Messages =
    [
        Say.Ping(1, 1), Say.Ack(2), Say.Nack(3), Say.PingRequest(4, 2, 240), Say.Alive(3, Say.Boot + 1), Say.Suspect(4, by: 2), Say.Dead(5, by: 2), Say.Left(3), Say.Suspect(1, by: 2),
        Say.Row(2, Say.Boot, MemberState.Dead, by: 3),
    ];

    [Fact]
    public void A_million_mutated_packets_do_no_harm_and_cost_little()
    {
        var chance = new Chance(99);
        var packet = new byte[2048];
        var scene = new Scene(members: 6);
        var original = Say.Body(2, Say.Boot, Messages);
        var effects = new SwimEffects();
        var now = scene.Now;
        scene.Swim.Receive(now, Say.At(2), scene.Seal.Seal(original), effects);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000_000; i++)
        {
            original.CopyTo(packet, 0);
            var length = original.Length;
            for (var mutations = 1 + chance.Next(4); mutations > 0; mutations--)
            {
                switch (chance.Next(4))
                {
                    case 0:
                        packet[chance.Next(length)] = (byte)chance.NextUInt64();
                        break;
                    case 1:
                        packet[chance.Next(length)] ^= (byte)(1 << chance.Next(8));
                        break;
                    case 2:
                        length = 1 + chance.Next(length);
                        break;
                    default:
                        var (from, to) = (chance.Next(length), chance.Next(length));
                        var count = Math.Min(chance.Next(40), length - Math.Max(from, to));
                        packet.AsSpan(from, count).CopyTo(packet.AsSpan(to));
                        break;
                }
            }

            // Sealed after the damage: a checksum keeps none of it out.
            scene.Swim.Receive(now, Say.At(2), scene.Seal.Seal(packet.AsSpan(0, length)), effects);
            Assert.InRange(effects.All.Length, 0, 12);
            effects.Clear();
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1_000_000.0, 0, 4096);
        Assert.InRange(scene.Swim.View.Members.Length, 1, MemberTable.ContactsMax);
    }

    [Fact]
    public void Mutated_tables_do_no_harm()
    {
        var chance = new Chance(98);
        var body = Say.Body(2, Say.Boot, [.. Enumerable.Range(2, 6).Select(i => Say.Row(i))]);
        var scene = new Scene(members: 6);
        for (var i = 0; i < 50_000; i++)
        {
            var mutated = body.ToArray();
            mutated[chance.Next(mutated.Length)] = (byte)chance.NextUInt64();
            _ = scene.Merge(scene.Seal.Seal(mutated.AsSpan(0, chance.Next(4) == 0 ? chance.Next(mutated.Length) : mutated.Length)), 2, null);
            scene.Forget();
        }

        Assert.True(scene.Swim.LiveCount >= 1);
    }

    [Fact]
    public void Noise_is_refused() => Gen.Byte.Array[0, 300].Sample(
        bytes =>
        {
            var scene = new Scene(members: 3);
            var version = scene.Swim.Version;
            scene.Receive(bytes, Say.At(2));
            Assert.Equal((version, 0, 1L), (scene.Swim.Version, scene.Sent.Count, scene.Swim.Counts.RefusedAll));
        },
        iter: 2000);

    [Fact]
    public void Messages_before_a_broken_one_count_and_those_after_it_do_not()
    {
        var scene = new Scene();
        scene.Receive(2, Say.Dead(3, by: 2), [99], Say.Dead(4, by: 2));
        Assert.Equal((MemberState.Dead, MemberState.Alive, 1L), (scene.State(3), scene.State(4), scene.Swim.Counts.RefusedAll));
    }

    [Fact]
    public void Its_own_packet_that_comes_back_is_dropped()
    {
        var scene = new Scene();
        scene.Receive(1, Say.Ping(1, 1), Say.Dead(3, by: 1));
        Assert.Equal((MemberState.Alive, 0), (scene.State(3), scene.Sent.Count));
    }

    [Fact]
    public void More_requests_for_help_than_it_keeps_are_dropped()
    {
        var scene = new Scene();
        for (var i = 0U; i < 3000; i++)
        {
            scene.Receive(2, Say.PingRequest(i, 3, 240));
        }

        Assert.Equal(1024, scene.Sent.Count(sent => sent.Has(SwimMessageKind.Ping)));
    }

    [Fact]
    public void Receiving_and_answering_a_ping_allocates_nothing()
    {
        var scene = new Scene();
        var packet = scene.Seal.Seal(Say.Body(2, Say.Boot, Say.Ping(7, 1)));
        var effects = new SwimEffects();
        var from = Say.At(2);
        scene.Swim.Receive(scene.Now, from, packet, effects);
        Allocations.None(() =>
        {
            effects.Clear();
            scene.Swim.Receive(scene.Now, from, packet, effects);
        });
    }
}
