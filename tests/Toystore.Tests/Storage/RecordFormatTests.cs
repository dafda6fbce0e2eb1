using System.Runtime.InteropServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Tests.Storage;

public sealed class RecordFormatTests
{
    private static readonly StoreKey Place = StoreKey.Data("user:1");
    private static readonly Dot First = new(new ActorId(new NodeId(1), 2), new HybridTime(77));
    private static readonly Container Sample = Container.Empty.Put(new Sibling(First, "hello"u8.ToArray(), "text/plain"), default);

    [Theory]
    [InlineData(RecordFlags.None)]
    [InlineData(RecordFlags.Incomplete)]
    public void A_record_comes_back_with_its_flags(RecordFlags flags)
    {
        Assert.True(RecordFormat.TryDecode(Place, RecordFormat.Encode(Place, Sample, flags), out var container, out var read));
        Assert.Equal(flags, read);
        Assert.Equal(Sample.Context, container.Context);
        Assert.Equal("hello"u8.ToArray(), container.Siblings[0].Value.ToArray());
        Assert.Equal("text/plain", container.Siblings[0].ContentType);
    }

    [Fact]
    public void Any_bit_flipped_is_noticed()
    {
        var record = RecordFormat.Encode(Place, Sample, RecordFlags.None);
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            record[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(RecordFormat.TryDecode(Place, record, out _, out _));
            record[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(RecordFormat.TryDecode(Place, record, out _, out _));
    }

    [Fact]
    public void Any_length_but_its_own_is_noticed()
    {
        var record = RecordFormat.Encode(Place, Sample, RecordFlags.None);
        for (var length = 0; length < record.Length; length++)
        {
            Assert.False(RecordFormat.TryDecode(Place, record.AsMemory(0, length), out _, out _));
        }

        Assert.False(RecordFormat.TryDecode(Place, record.Append((byte)0).ToArray(), out _, out _));
    }

    [Fact]
    public void A_record_in_the_wrong_place_is_noticed()
    {
        var record = RecordFormat.Encode(Place, Sample, RecordFlags.None);
        Assert.False(RecordFormat.TryDecode(Place with { Key = "user:2" }, record, out _, out _));
        Assert.False(RecordFormat.TryDecode(Place with { Area = StoreArea.System }, record, out _, out _));
        Assert.False(RecordFormat.TryDecode(Place with { Slot = new Slot(1) }, record, out _, out _));
    }

    [Fact]
    public void A_flag_that_this_version_does_not_know_makes_the_record_unreadable() =>
        Assert.False(RecordFormat.TryDecode(Place, RecordFormat.Encode(Place, Sample, (RecordFlags)2), out _, out _));

    [Fact]
    public void Values_are_slices_of_the_record()
    {
        var record = RecordFormat.Encode(Place, Sample, RecordFlags.None);
        Assert.True(RecordFormat.TryDecode(Place, record, out var container, out _));
        Assert.True(MemoryMarshal.TryGetArray(container.Siblings[0].Value, out var segment));
        Assert.Same(record, segment.Array);
    }

    [Fact]
    public void Encoding_allocates_one_array()
    {
        var length = RecordFormat.Encode(Place, Sample, RecordFlags.None).Length;
        var array = 24 + ((length + 7) / 8 * 8); // header and length, then whole words
        Assert.Equal(array, Allocations.BytesPerCall(() => RecordFormat.Encode(Place, Sample, RecordFlags.None)));
    }

    [Fact]
    public void The_layout_is_fixed_for_ever() => Assert.Equal(
        "51" + "00" + "cf55acf600769049" + "010203", // kind, flags, checksum, payload
        Convert.ToHexStringLower(SystemRecord.Encode(StoreKey.System("self"), [1, 2, 3])));

    [Fact]
    public void A_system_record_comes_back_and_is_no_container()
    {
        var key = StoreKey.System("self");
        var record = SystemRecord.Encode(key, [1, 2, 3]);
        Assert.True(SystemRecord.TryDecode(key, record, out var payload));
        Assert.Equal([1, 2, 3], payload.ToArray());
        Assert.False(RecordFormat.TryDecode(key, record, out _, out _));
        record[^1] ^= 1;
        Assert.False(SystemRecord.TryDecode(key, record, out _));
    }
}
