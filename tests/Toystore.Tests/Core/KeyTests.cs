using CsCheck;
using Toystore.Core;

namespace Toystore.Tests.Core;

public sealed class KeyTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void A_key_has_1_to_4096_bytes(int length, bool fits)
    {
        Assert.Equal(fits, Key.TryCreate(new byte[length], out var key));
        Assert.Equal(fits ? length : 0, key.Length);
    }

    [Fact]
    public void Bytes_that_are_no_key_are_named_in_the_error() =>
        Assert.Contains("this one has 4097", Assert.Throws<ArgumentException>(() => Key.From(new byte[4097])).Message, StringComparison.Ordinal);

    [Fact]
    public void An_empty_text_is_no_key() => Assert.Throws<ArgumentException>(() => Key.From(""));

    [Fact]
    public void Text_becomes_its_utf8_bytes() => Assert.Equal("h\u00e9"u8, Key.From("h\u00e9").Span);

    [Fact]
    public void Keys_are_equal_ordered_and_hashed_by_their_bytes() => Gen.Select(Gen.Byte[0, 3].Array[1, 3], Gen.Byte[0, 3].Array[1, 3]).Sample((x, y) =>
    {
        Key left = Key.From(x), right = Key.From(y);
        var same = x.AsSpan().SequenceEqual(y);
        return (left == right) == same && (left != right) != same && (!same || left.GetHashCode() == right.GetHashCode()) && Math.Sign(left.CompareTo(right)) == Math.Sign(x.AsSpan().SequenceCompareTo(y));
    });

    [Fact]
    public void Bytes_compare_as_unsigned() => Assert.True(Key.From(new byte[] { 0x7f }).CompareTo(Key.From(new byte[] { 0x80 })) < 0);

    [Fact]
    public void A_prefix_comes_first() => Assert.True(Key.From("a").CompareTo(Key.From("aa")) < 0);

    [Fact]
    public void Looking_at_a_key_allocates_nothing()
    {
        Key one = "user:1", two = "user:2";
        var sum = 0;
        Allocations.None(() => sum += one.Length + (one.CompareTo(two) > 0 || one == two ? 1 : 0) + (one.GetHashCode() & 1));
        Assert.NotEqual(0, sum);
    }
}
