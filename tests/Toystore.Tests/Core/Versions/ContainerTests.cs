using System.Text;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

public sealed class ContainerTests
{
    [Fact]
    public void The_worked_example_holds()
    {
        var x = Container.Empty.Put(Value("a", 1, "x"), default);
        var read = x.Context;
        var throughA = x.Put(Value("a", 5, "y"), read);
        var throughB = x.Put(Value("b", 3, "z"), default);
        Assert.Equal("y | {a5}", Show(throughA));
        Assert.Equal("x z | {a1, b3}", Show(throughB));
        Assert.Equal("z y | {a5, b3}", Show(throughA.Merge(throughB)));
    }

    [Fact]
    public void A_put_without_a_context_is_concurrent_with_whatever_is_there()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default);
        Assert.Equal("x y | {a2}", Show(one.Put(Value("a", 2, "y"), default)));
    }

    [Fact]
    public void A_put_replaces_only_what_its_writer_had_seen()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default);
        var two = one.Put(Value("b", 2, "y"), default);
        Assert.Equal("y z | {a3, b2}", Show(two.Put(Value("a", 3, "z"), one.Context)));
    }

    [Fact]
    public void A_put_with_a_context_from_elsewhere_keeps_out_what_that_had_seen()
    {
        var elsewhere = Container.Empty.Put(Value("b", 2, "x"), default);
        var here = Container.Empty.Put(Value("a", 3, "y"), elsewhere.Context);
        Assert.Equal("y | {a3, b2}", Show(here));
        Assert.Equal("y | {a3, b2}", Show(here.Merge(elsewhere)));
    }

    [Fact]
    public void A_dot_that_was_seen_before_is_refused()
    {
        var one = Container.Empty.Put(Value("a", 2, "x"), default);
        Assert.Throws<InvariantException>(() => one.Put(Value("a", 1, "y"), default));
        Assert.Throws<InvariantException>(() => Container.Empty.Put(Value("a", 1, "y"), one.Context));
    }

    [Fact]
    public void A_delete_removes_what_its_caller_had_seen_and_remembers_it()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default);
        var two = one.Put(Value("b", 2, "y"), default);
        var deleted = two.Put(Deletion("c", 3), one.Context);
        Assert.Equal([Dot("b", 2), Dot("c", 3)], deleted.Siblings.ToArray().Select(sibling => sibling.Dot));
        Assert.Same(deleted, deleted.Merge(one));
        Assert.False(deleted.IsTombstone);
    }

    [Fact]
    public void A_deleted_key_is_a_tombstone_that_late_copies_do_not_wake()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default);
        var deleted = one.Put(Deletion("a", 2), one.Context);
        Assert.True(deleted is { IsTombstone: true, IsEmpty: false });
        Assert.Same(deleted, deleted.Merge(one));
        Assert.NotEqual(0UL, deleted.Digest);
    }

    [Fact]
    public void Nothing_is_neither_a_value_nor_a_tombstone() => Assert.True(Container.Empty is { IsEmpty: true, IsTombstone: false, LastWrite: null, Digest: 0 });

    [Fact]
    public void A_delete_has_its_place_in_the_order_of_writes()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default);
        var deleted = one.Put(Deletion("a", 4), one.Context);
        var earlier = one.Put(Value("b", 3, "y"), one.Context);
        var later = one.Put(Value("b", 5, "z"), one.Context);
        Assert.True(deleted.IsTombstone);
        Assert.Equal(ValueKind.Tombstone, deleted.Merge(earlier).LastWrite!.Kind);
        Assert.False(deleted.Merge(earlier).IsTombstone);
        Assert.Equal("z", Encoding.UTF8.GetString(deleted.Merge(later).LastWrite!.Value.Span));
    }

    [Fact]
    public void A_partial_copy_of_what_a_coordinator_holds_would_lose_a_write()
    {
        // Why the whole container is sent, never only the new value: contexts are closed downwards per actor, so "a2" says "a1" too.
        var first = Container.Empty.Put(Value("a", 1, "x"), default);
        var partial = Container.Empty.Put(Value("a", 2, "y"), default);
        Assert.Equal("y | {a2}", Show(partial.Merge(first)));
        Assert.Equal("x y | {a2}", Show(first.Put(Value("a", 2, "y"), default).Merge(first)));
    }

    [Fact]
    public void The_digest_of_a_dot_never_changes()
    {
        // Digests cross the wire between releases. Computed from the formula in another language.
        Assert.Equal(0x7cb2be15decbbf60UL, Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(1), 2), new HybridTime(3)), default), default).Digest);
    }

    [Fact]
    public void A_merge_that_brings_nothing_allocates_nothing()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default).Put(Value("b", 2, "y"), default);
        var two = one.Put(Value("a", 3, "z"), one.Context);
        var sum = 0;
        Allocations.None(() => sum += one.Merge(two).Siblings.Length + two.Merge(one).Siblings.Length + one.Merge(one).Siblings.Length + Container.Empty.Merge(one).Siblings.Length);
        Assert.NotEqual(0, sum);
    }

    [Fact]
    public void A_merge_allocates_its_result_and_nothing_else()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default);
        var two = Container.Empty.Put(Value("b", 2, "y"), default);
        const int container = 16 + 8 + 8 + 8, siblings = 24 + (2 * 8), context = 24 + (2 * 24);
        Assert.Equal(container + siblings + context, Allocations.BytesPerCall(() => one.Merge(two)));
    }

    [Fact]
    public void A_digest_allocates_nothing()
    {
        var one = Container.Empty.Put(Value("a", 1, "x"), default).Put(Value("b", 2, "y"), default);
        var sum = 0UL;
        Allocations.None(() => sum += one.Digest);
        Assert.NotEqual(0UL, sum);
    }

    [Fact]
    public void A_value_shows_until_the_moment_it_expires()
    {
        var sibling = new Sibling(Dot("a", 1), default, expiresAt: new UnixTime(100));
        Assert.True(sibling.IsVisible(new UnixTime(99)));
        Assert.False(sibling.IsVisible(new UnixTime(100)));
    }

    [Fact]
    public void A_tombstone_has_no_content()
    {
        Assert.Throws<InvariantException>(() => new Sibling(Dot("a", 1), new byte[1], kind: ValueKind.Tombstone));
        Assert.Throws<InvariantException>(() => new Sibling(Dot("a", 1), default, "text/plain", kind: ValueKind.Tombstone));
    }

    [Fact]
    public void A_content_type_has_at_most_255_bytes()
    {
        Assert.Equal(127, new Sibling(Dot("a", 1), default, new string('é', 127)).ContentType!.Length);
        Assert.Throws<InvariantException>(() => new Sibling(Dot("a", 1), default, new string('é', 128)));
    }

    private static Dot Dot(string actor, ulong time) => new(new ActorId(new NodeId((ulong)actor[0]), 0), new HybridTime(time));

    private static Sibling Value(string actor, ulong time, string text) => new(Dot(actor, time), Encoding.UTF8.GetBytes(text));

    private static string Show(Container container) =>
        string.Join(' ', container.Siblings.ToArray().Select(s => Encoding.UTF8.GetString(s.Value.Span)))
        + " | {" + string.Join(", ", container.Context.Entries.ToArray().Select(d => $"{(char)d.Actor.Node.Value}{d.Time.Value}")) + "}";

    private static Sibling Deletion(string actor, ulong time) => new(Dot(actor, time), default, kind: ValueKind.Tombstone);
}
