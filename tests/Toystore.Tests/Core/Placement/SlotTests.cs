using System.Text;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class SlotTests
{
    [Fact]
    public void The_checksum_is_crc16_xmodem() => Assert.Equal(0x31C3, Crc16.Xmodem("123456789"u8));

    [Theory] // Redis Cluster specification, "Hash tags"; slots as CLUSTER KEYSLOT answers them
    [InlineData("somekey", 11058)]
    [InlineData("foo{hash_tag}", 2515)]
    [InlineData("bar{hash_tag}", 2515)]
    [InlineData("123456789", 0x31C3 % 16384)]
    public void A_key_has_the_slot_that_redis_gives_it(string key, int slot) => Assert.Equal(slot, Slot.Of(key).Index);

    [Theory]
    [InlineData("{user1000}.following", "user1000")]
    [InlineData("{user1000}.followers", "user1000")]
    [InlineData("foo{{bar}}zap", "{bar")]
    [InlineData("foo{bar}{zap}", "bar")]
    public void Only_the_first_tag_counts(string key, string tag) => Assert.Equal(Crc16.Xmodem(Encoding.UTF8.GetBytes(tag)) % Slot.Count, Slot.Of(key).Index);

    [Theory]
    [InlineData("foo{}{bar}")]
    [InlineData("foo{bar")]
    [InlineData("}foo{")]
    public void Without_a_whole_tag_the_whole_key_counts(string key) => Assert.Equal(Crc16.Xmodem(Encoding.UTF8.GetBytes(key)) % Slot.Count, Slot.Of(key).Index);

    [Fact]
    public void Looking_up_a_slot_allocates_nothing()
    {
        Key key = "user:{1000}:cart";
        var sum = 0L;
        Allocations.None(() => sum += Slot.Of(key).Index);
        Assert.NotEqual(0, sum);
    }
}
