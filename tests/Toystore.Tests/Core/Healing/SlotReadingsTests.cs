using CsCheck;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Healing;

/// <summary>Each operation against the same on a plain array. Readings are few, as they are in a cluster, or many.</summary>
public sealed class SlotReadingsTests
{
    [Fact]
    public void A_slot_has_the_reading_that_it_was_given() => ForAny((random, one, plain, _, _) =>
    {
        var slot = new Slot((ushort)random.Next(Slot.Count));
        one[slot] = new HybridTime(3);
        plain[slot.Index] = 3;
        AssertSame(plain, one);
    });

    [Fact]
    public void Raising_takes_the_higher_of_each() => ForAny((_, one, first, other, second) =>
    {
        one.Raise(other);
        AssertSame(Zip(first, second, Math.Max), one);
    });

    [Fact]
    public void Raising_some_of_a_row_leaves_the_others() => ForAny((random, one, plain, _, _) =>
    {
        var slots = SomeSlots(random);
        one.Raise(5, slots[5], new HybridTime(2));
        AssertSame(Map(plain, (slot, reading) => slot.Index / SlotSet.RowLength == 5 && slots.Contains(slot) ? Math.Max(reading, 2) : reading), one);
    });

    [Fact]
    public void Lowering_takes_the_lower_of_some() => ForAny((random, one, first, other, second) =>
    {
        var slots = SomeSlots(random);
        one.Lower(slots, other);
        AssertSame(Map(first, (slot, reading) => slots.Contains(slot) ? Math.Min(reading, second[slot.Index]) : reading), one);
        one.Lower(slots, null);
        AssertSame(Map(first, (slot, reading) => slots.Contains(slot) ? 0 : reading), one);
    });

    [Fact]
    public void The_lowest_of_two_is_the_lower_of_each() => ForAny((_, one, first, other, second) => AssertSame(Zip(first, second, Math.Min), SlotReadings.Lowest(one, other)));

    [Fact]
    public void Taking_some_takes_also_that_there_is_none() => ForAny((random, one, first, other, second) =>
    {
        var slots = SomeSlots(random);
        one.Take(slots, other);
        AssertSame(Map(first, (slot, reading) => slots.Contains(slot) ? second[slot.Index] : reading), one);
    });

    [Fact]
    public void Within_some_slots_there_are_no_others() => ForAny((random, one, plain, _, _) =>
    {
        var slots = SomeSlots(random);
        AssertSame(Map(plain, (slot, reading) => slots.Contains(slot) ? reading : 0), one.Within(slots));
    });

    [Fact]
    public void What_is_above_differs_and_is_not_below() => ForAny((_, one, first, other, second) =>
    {
        Assert.Equal(Where(slot => first[slot] > second[slot]), one.Above(other).Slots());
        Assert.Equal(Where(slot => first[slot] != second[slot]), one.Differing(other).Slots());
    });

    [Fact]
    public void Slots_are_found_by_their_reading() => ForAny((_, one, plain, _, _) =>
    {
        Assert.Equal(Where(slot => plain[slot] == 2), one.SlotsAt(new HybridTime(2)).Slots());
        Assert.Equal(plain.Max(), one.Highest.Value);
    });

    [Fact]
    public void The_lowest_of_some_slots_is_none_if_one_of_them_has_none() => ForAny((random, one, plain, _, _) =>
    {
        var slots = SomeSlots(random);
        Assert.Equal(slots.Slots().Select(slot => plain[slot.Index]).DefaultIfEmpty().Min(), one.LowestOf(slots).Value);
        var some = new SlotSet(Where(slot => plain[slot] > 0));
        Assert.Equal(some.Slots().Select(slot => plain[slot.Index]).DefaultIfEmpty().Min(), one.LowestOf(some).Value);
    });

    [Fact]
    public void A_copy_does_not_change_with_what_it_was_made_of() => ForAny((_, one, first, other, _) =>
    {
        var copy = one.Copy();
        one.Raise(other);
        one.Clear();
        AssertSame(first, copy);
    });

    [Fact]
    public void Rows_are_written_out_and_read_back() => ForAny((_, one, plain, _, _) =>
    {
        var back = new SlotReadings();
        var row = new ulong[SlotSet.RowLength];
        for (var at = 0; at < SlotSet.RowLength; at++)
        {
            one.CopyRow(at, row);
            back.SetRow(at, row);
        }

        AssertSame(plain, back);
    });

    private static void ForAny(Action<Random, SlotReadings, ulong[], SlotReadings, ulong[]> check) => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var (first, second) = (Draw(random), Draw(random));
            check(random, ReadingsOf(first), first, ReadingsOf(second), second);
        },
        iter: 20);

    // Rows of one reading, of a few that are dealt out, of many; and runs of slots with none.
    private static ulong[] Draw(Random random)
    {
        var plain = new ulong[Slot.Count];
        for (var row = 0; row < SlotSet.RowLength; row++)
        {
            var (different, same) = (random.Next(3) switch { 0 => 1, 1 => 4, _ => 1000 }, random.Next(4));
            for (var slot = 0; slot < SlotSet.RowLength; slot++)
            {
                plain[(row * SlotSet.RowLength) + slot] = (ulong)(different == 1 ? same : random.Next(different));
            }
        }

        return plain;
    }

    private static SlotReadings ReadingsOf(ulong[] plain)
    {
        var readings = new SlotReadings();
        for (var slot = 0; slot < plain.Length; slot++)
        {
            readings[new Slot((ushort)slot)] = new HybridTime(plain[slot]);
        }

        return readings;
    }

    private static SlotSet SomeSlots(Random random)
    {
        var share = random.NextDouble();
        return new SlotSet(Where(_ => random.NextDouble() < share));
    }

    private static List<Slot> Where(Predicate<int> holds) => [.. Enumerable.Range(0, Slot.Count).Where(slot => holds(slot)).Select(slot => new Slot((ushort)slot))];

    private static ulong[] Map(ulong[] plain, Func<Slot, ulong, ulong> to) => [.. plain.Select((reading, slot) => to(new Slot((ushort)slot), reading))];

    private static ulong[] Zip(ulong[] first, ulong[] second, Func<ulong, ulong, ulong> with) => [.. first.Zip(second, with)];

    private static void AssertSame(ulong[] plain, SlotReadings readings)
    {
        for (var slot = 0; slot < plain.Length; slot++)
        {
            if (readings[new Slot((ushort)slot)].Value != plain[slot])
            {
                Assert.Fail($"slot {slot}: {readings[new Slot((ushort)slot)].Value}, not {plain[slot]}");
            }
        }
    }
}
