using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Tests.Storage;

public sealed class HintFormatTests
{
    private static readonly StoreKey Place = StoreKey.Hint(new NodeId(3), "user:1");
    private static readonly Container Sample = Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(1), 2), new HybridTime(77)), "hello"u8.ToArray(), "text/plain"), default);

    [Theory]
    [InlineData(0, true)]
    [InlineData(1_700_000_000_123, false)]
    [InlineData(-1, true)]
    public void A_hint_comes_back_with_when_it_was_kept_and_whether_it_counts(long since, bool counts)
    {
        var hint = HintFormat.Decode(Place, HintFormat.Encode(Place, new HintRecord(Sample, new UnixTime(since), counts)));
        Assert.Equal((since, counts), (hint!.Since.Milliseconds, hint.Counts));
        Assert.Equal(Sample.Context, hint.Container.Context);
        Assert.Equal("hello"u8.ToArray(), hint.Container.Siblings[0].Value.ToArray());
    }

    [Fact]
    public void Any_bit_flipped_and_any_other_length_is_noticed()
    {
        var record = HintFormat.Encode(Place, new HintRecord(Sample, new UnixTime(5), Counts: true));
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            record[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(HintFormat.Decode(Place, record));
            record[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var length = 0; length < record.Length; length++)
        {
            Assert.Null(HintFormat.Decode(Place, record.AsMemory(0, length)));
        }

        Assert.NotNull(HintFormat.Decode(Place, record));
    }

    [Fact]
    public void A_hint_for_somebody_else_is_noticed()
    {
        var record = HintFormat.Encode(Place, new HintRecord(Sample, default, Counts: false));
        Assert.Null(HintFormat.Decode(Place with { Target = new NodeId(4) }, record));
        Assert.Null(HintFormat.Decode(Place with { Slot = new Slot(1) }, record));
        Assert.False(RecordFormat.TryDecode(Place, record, out _, out _));
    }
}
