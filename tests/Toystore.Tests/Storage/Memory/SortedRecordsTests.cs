using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Storage;
using Toystore.Storage.Memory;

namespace Toystore.Tests.Storage.Memory;

public sealed class SortedRecordsTests
{
    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 3000)]
    public void It_is_a_sorted_dictionary_and_its_views_never_change(int seed, int keys)
    {
        var random = new Random(seed);
        var records = new SortedRecords();
        var model = new SortedDictionary<MemoryRecord, byte>(Comparer<MemoryRecord>.Create((l, r) => l.CompareTo(r)));
        var views = new List<(SortedRecords View, List<byte> Expected)>();
        for (var step = 0; step < 20_000; step++)
        {
            var value = (byte)random.Next(256);
            var record = MemoryRecord.Of(new StoreKey(StoreArea.Data, new Slot((ushort)random.Next(3)), Key.From(BitConverter.GetBytes(random.Next(keys)))), new[] { value });
            if (random.Next(5) < 3)
            {
                var known = model.Remove(record);
                model[record] = value;
                Assert.Equal(known ? 1 : -1, records.Put(record));
            }
            else
            {
                Assert.Equal(model.Remove(record) ? 1 : -1, records.Remove(record));
            }

            Assert.Equal(model.TryGetValue(record, out var expected), records.TryGet(record, out var bytes));
            Assert.True(bytes.IsEmpty || bytes.Span[0] == expected);
            if (step % 2000 == 0)
            {
                views.Add((records.TakeView(), [.. model.Values]));
            }
        }

        views.Add((records, [.. model.Values]));
        Assert.All(views, view => Assert.Equal(view.Expected, All(view.View)));
    }

    private static IEnumerable<byte> All(SortedRecords records) =>
        records.Range(MemoryRecord.Before(default), MemoryRecord.After(StoreArea.Hints)).Select(r => r.Bytes.Span[0]);
}
