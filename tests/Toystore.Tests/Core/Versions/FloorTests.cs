using System.Text;
using Toystore.Core;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

public sealed class FloorTests
{
    private static readonly UnixTime Now = new(1_000);

    [Fact]
    public void A_late_copy_from_below_the_floor_does_not_come_back()
    {
        var late = Put(Container.Empty, Value(5, "x"));
        Assert.True(Container.Absent(At(5)).Merge(late).IsEmpty);
        Assert.True(late.Merge(Container.Absent(At(5))).IsEmpty);
        Assert.False(Container.Absent(At(4)).Merge(late).IsEmpty);
    }

    [Fact]
    public void What_lives_below_the_floor_lives_on()
    {
        var one = Put(Container.Empty, Value(5, "x")).Under(At(9));
        Assert.Equal("x", Show(one));
        Assert.True(one.Context.Entries.IsEmpty);
        Assert.Equal("x", Show(one.Merge(Put(Container.Empty, Value(5, "x")))));
        Assert.False(one.IsEmpty);
    }

    [Fact]
    public void A_tombstone_is_swept_once_the_floor_has_passed_it()
    {
        var deleted = Put(Put(Container.Empty, Value(5, "x")), Tombstone(7));
        Assert.Same(deleted, deleted.Swept(Now, lastWriteWins: false));
        Assert.False(deleted.Under(At(6)).Swept(Now, lastWriteWins: false).IsEmpty);
        Assert.True(deleted.Under(At(7)).Swept(Now, lastWriteWins: false) is { IsEmpty: true, Digest: 0 });
    }

    [Fact]
    public void What_was_swept_at_one_owner_goes_at_the_others_with_a_merge()
    {
        var deleted = Put(Put(Container.Empty, Value(5, "x")), Tombstone(7));
        Assert.True(deleted.Merge(deleted.Under(At(7)).Swept(Now, lastWriteWins: false)).IsEmpty);
    }

    [Fact]
    public void A_tombstone_below_the_write_that_it_deletes_waits_for_the_floor_to_pass_that_too()
    {
        var behind = Put(Put(Container.Empty, Value(12, "x")), Tombstone(7));
        Assert.Equal(1, behind.Siblings.Length);
        Assert.False(behind.Under(At(11)).Swept(Now, lastWriteWins: false).IsEmpty);
        Assert.True(behind.Under(At(12)).Swept(Now, lastWriteWins: false).IsEmpty);
    }

    [Fact]
    public void A_tombstone_stays_for_as_long_as_it_outdoes_an_earlier_value()
    {
        // Under last-write-wins the key is deleted, and must not come back because the tombstone is forgotten.
        var both = Container.Empty.Put(Value(5, "x"), default).Put(Tombstone(7), default).Under(At(9));
        Assert.Equal(ValueKind.Tombstone, both.LastWrite!.Kind);
        Assert.True(both.Swept(Now, lastWriteWins: true).IsEmpty);
        Assert.Same(both, both.Swept(Now, lastWriteWins: false));
    }

    [Fact]
    public void A_tombstone_before_a_value_is_forgotten()
    {
        var both = Container.Empty.Put(Tombstone(5), default).Put(Value(7, "x"), default).Under(At(9)).Swept(Now, lastWriteWins: false);
        Assert.Equal("x", Show(both));
        Assert.Equal(1, both.Siblings.Length);
    }

    [Fact]
    public void Who_read_above_a_floor_replaces_what_lies_below_it_elsewhere()
    {
        var behind = Put(Container.Empty, Value(5, "x"));
        var ahead = Put(behind, Value(12, "y")).Under(At(10));
        Assert.Equal("z", Show(behind.Put(Value(13, "z"), ahead.Context)));
    }

    [Fact]
    public void Nothing_is_minted_below_a_floor() =>
        Assert.Throws<InvariantException>(() => Put(Container.Absent(At(9)), Value(9, "x")));

    [Fact]
    public void An_expired_value_is_swept_only_below_the_floor()
    {
        var expired = Container.Empty.Put(new Sibling(Dot(5), "x"u8.ToArray(), expiresAt: new UnixTime(900)), default);
        Assert.Same(expired, expired.Swept(Now, lastWriteWins: false));
        Assert.False(expired.Under(At(4)).Swept(Now, lastWriteWins: false).IsEmpty);
        Assert.True(expired.Under(At(5)).Swept(Now, lastWriteWins: false).IsEmpty);
        Assert.False(expired.Under(At(5)).Swept(new UnixTime(899), lastWriteWins: false).IsEmpty);
    }

    [Fact]
    public void An_expired_value_stays_for_as_long_as_it_outdoes_an_earlier_one()
    {
        var both = Container.Empty.Put(Value(5, "x"), default).Put(new Sibling(Dot(7), "y"u8.ToArray(), expiresAt: new UnixTime(900)), default).Under(At(9));
        Assert.Same(both, both.Swept(Now, lastWriteWins: false));
        Assert.True(both.Swept(Now, lastWriteWins: true).IsEmpty);
    }

    [Fact]
    public void What_is_above_the_floor_is_not_swept()
    {
        var lost = Container.Empty.Put(Value(5, "x"), default).Put(Value(12, "y"), default);
        Assert.Same(lost, lost.Swept(Now, lastWriteWins: true));
        var settled = lost.Under(At(9));
        Assert.Same(settled, settled.Swept(Now, lastWriteWins: true));
        Assert.Equal("y", Show(lost.Under(At(12)).Swept(Now, lastWriteWins: true)));
    }

    [Fact]
    public void A_floor_that_is_known_already_changes_nothing_and_allocates_nothing()
    {
        var one = Put(Container.Empty, Value(5, "x")).Under(At(9));
        Assert.Same(one, one.Under(At(9)));
        Assert.Same(one, one.Under(At(3)));
        Assert.Same(Container.Empty, Container.Absent(default));
    }

    private static Container Put(Container container, Sibling sibling) => container.Put(sibling, container.Context);

    private static Sibling Value(ulong time, string text) => new(Dot(time), Encoding.UTF8.GetBytes(text));

    private static Sibling Tombstone(ulong time) => new(Dot(time), default, kind: ValueKind.Tombstone);

    private static HybridTime At(ulong time) => new(time);

    private static Dot Dot(ulong time) => new(new ActorId(new NodeId(time % 3), 1), At(time));

    private static string Show(Container container) => string.Join(' ', container.Siblings.ToArray().Select(s => Encoding.UTF8.GetString(s.Value.Span)));
}
