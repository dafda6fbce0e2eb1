using CsCheck;
using Toystore.Core.Membership;
using Toystore.Simulation.Chances;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

/// <summary>What is held of a member is a join-semilattice, so the order in which news comes does not matter (trap 12).</summary>
public sealed class StandingTests
{
    private static readonly Gen<Standing> Any = Gen.Select(Gen.ULong[0, 5], Gen.Int[0, 3], (incarnation, state) => new Standing(new Incarnation(incarnation), (MemberState)state));

    private static readonly Gen<byte[]> AnyNews = Gen.Select(Gen.Int[3, 4], Gen.ULong[0, 3], Gen.Int[0, 3], Gen.Int[0, 2], (node, counter, state, variant) => (MemberState)state switch
    {
        MemberState.Alive => Say.Alive(node, Say.Boot + counter, Say.Facts(node) with { Name = $"{variant}" }),
        MemberState.Suspect => Say.Suspect(node, by: 5, Say.Boot + counter),
        MemberState.Dead => Say.Dead(node, by: 5, Say.Boot + counter),
        _ => Say.Left(node, Say.Boot + counter),
    });

    [Fact]
    public void Joining_is_commutative() => Gen.Select(Any, Any).Sample((a, b) => a.Join(b) == b.Join(a));

    [Fact]
    public void Joining_is_associative() => Gen.Select(Any, Any, Any).Sample((a, b, c) => a.Join(b).Join(c) == a.Join(b.Join(c)));

    [Fact]
    public void Joining_is_idempotent() => Any.Sample(a => a.Join(a) == a);

    [Fact]
    public void One_overrides_the_other_exactly_if_the_join_is_another() => Gen.Select(Any, Any).Sample((a, b) => a.Overrides(b) == (b.Join(a) != b));

    [Theory] // SWIM §4.2, with death of one incarnation only
    [InlineData(MemberState.Alive, 2, MemberState.Suspect, 1, true)]
    [InlineData(MemberState.Alive, 1, MemberState.Suspect, 1, false)]
    [InlineData(MemberState.Alive, 2, MemberState.Alive, 1, true)]
    [InlineData(MemberState.Suspect, 1, MemberState.Alive, 1, true)]
    [InlineData(MemberState.Suspect, 1, MemberState.Alive, 2, false)]
    [InlineData(MemberState.Suspect, 1, MemberState.Suspect, 1, false)]
    [InlineData(MemberState.Dead, 1, MemberState.Suspect, 1, true)]
    [InlineData(MemberState.Dead, 1, MemberState.Alive, 2, false)]
    [InlineData(MemberState.Alive, 2, MemberState.Dead, 1, true)]
    [InlineData(MemberState.Alive, 1, MemberState.Dead, 1, false)]
    public void The_rules_of_precedence(MemberState said, ulong saidOf, MemberState held, ulong heldOf, bool overrides) =>
        Assert.Equal(overrides, new Standing(new Incarnation(saidOf), said).Overrides(new Standing(new Incarnation(heldOf), held)));

    [Fact]
    public void Two_members_that_heard_the_same_in_any_order_hold_the_same() => Gen.Select(AnyNews.Array[1, 12], Gen.ULong).Sample(
        (news, seed) =>
        {
            var (one, other) = (new Scene(), new Scene());
            foreach (var message in news)
            {
                one.Receive(2, message);
            }

            // In another order, in other packets, and some of it twice.
            foreach (var message in news.Concat(news.Take(3)).OrderBy(_ => new Chance(seed++).NextUInt64()))
            {
                other.Receive(2, message);
            }

            Assert.Equal(Held(one), Held(other));
        },
        iter: 300);

    [Fact]
    public void What_is_held_only_grows() => AnyNews.Array[1, 20].Sample(
        news =>
        {
            var scene = new Scene();
            var before = new Standing(scene.View(3)!.Incarnation, scene.State(3)!.Value);
            foreach (var message in news)
            {
                scene.Receive(2, message);
                var after = new Standing(scene.View(3)!.Incarnation, scene.State(3)!.Value);
                Assert.False(before.Overrides(after));
                before = after;
            }
        },
        iter: 300);

    private static List<(MemberState State, Incarnation Incarnation, MemberFacts Facts, Incarnation FactsIncarnation)> Held(Scene scene) =>
        [.. scene.Swim.View.Members.Where(member => member.Node != Id(1)).Select(member => (member.State, member.Incarnation, member.Facts, member.FactsIncarnation))];
}
