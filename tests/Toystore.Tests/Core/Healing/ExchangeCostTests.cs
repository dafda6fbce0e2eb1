using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Tests.Core.Healing;

/// <summary>What an exchange costs on the wire, with a million keys.</summary>
public sealed class ExchangeCostTests(ITestOutputHelper output)
{
    private const int Keys = 1_000_000;
    private const int Differing = 10_000;

    [Fact]
    public void One_differing_key_among_a_million_costs_less_than_64_KiB()
    {
        var (left, right) = Alike(valueBytes: 100);
        right.Put(KeyOf(123_456), valueBytes: 100);
        var talk = new Conversation(left, right);
        Assert.Equal(SlotVerdict.Repaired, talk.Run().Of(Slot.Of(KeyOf(123_456))));
        output.WriteLine($"{talk.Bytes} bytes in {talk.Messages} messages");
        Assert.InRange(talk.Bytes, 1_000, 8 << 10); // the promise is 64 KiB
        Assert.InRange(talk.Messages, 2, 14);
        Assert.True(VersionsHash.AreSame(left.Get(KeyOf(123_456)), right.Get(KeyOf(123_456))));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    public void Ten_thousand_differing_keys_among_a_million_cost_less_than_twice_their_records(int valueBytes)
    {
        var (left, right) = Alike(valueBytes);
        Repair(left, right, valueBytes, [.. Enumerable.Range(0, Differing).Select(i => KeyOf(i * (Keys / Differing)))]);
        Repair(left, right, valueBytes, [.. Enumerable.Range(0, Differing).Select(i => KeyOf(Keys + i))]);
    }

    private void Repair(PureReplica left, PureReplica right, int valueBytes, List<Key> keys)
    {
        var records = 0L;
        for (var i = 0; i < keys.Count; i++)
        {
            // Half of it was missed by one side, half by the other.
            var writer = i % 2 == 0 ? left : right;
            writer.Put(keys[i], valueBytes);
            records += keys[i].Length + RecordFormat.Encode(StoreKey.Data(keys[i]), writer.Get(keys[i]), RecordFlags.None).Length;
        }

        long bytes = 0, moved = 0;
        var (rounds, slots) = (0, SlotSet.All());
        for (; slots.Count > 0; rounds++)
        {
            var talk = new Conversation(left, right) { Slots = slots, Random = new Random(rounds) };
            var result = talk.Run();
            bytes += talk.Bytes;
            moved += result.Repairs.Sum(repair => repair.BytesReceived + repair.BytesSent);
            slots = result.Unfinished;
        }

        output.WriteLine(
            $"{bytes} bytes in {rounds} exchanges, {moved} of them records, for {records} bytes of records: {bytes / (double)records:0.00}; {records / keys.Count} bytes a record, {(bytes - moved) / keys.Count} to find it");
        Assert.InRange(bytes / (double)records, 1, 2);
        Assert.True(keys.TrueForAll(key => VersionsHash.AreSame(left.Get(key), right.Get(key)) && !left.Get(key).IsEmpty));
    }

    private static (PureReplica Left, PureReplica Right) Alike(int valueBytes)
    {
        var (left, right) = (new PureReplica(1), new PureReplica(2));
        var container = Container.Empty.Put(new Sibling(new Dot(new ActorId(new NodeId(3), 1), new HybridTime(1_699_999_999_999 << 16)), new byte[valueBytes]), default);
        for (var i = 0; i < Keys; i++)
        {
            var key = KeyOf(i);
            left.Set(key, container);
            right.Set(key, container);
        }

        return (left, right);
    }

    private static Key KeyOf(int i) => $"user:{i:0000000}";
}
