using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

public static partial class ExchangeCodec
{
    private const int LeavesLimit = 1 << TreeShape.DepthMax;

    /// <summary>Reads a request; null for what is none.</summary>
    public static ExchangeRequest? ReadRequest(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ExchangeReader(bytes);
        ExchangeRequest? request = reader.U8() switch
        {
            RowsType => new ExchangeRequest.Rows(new HybridTime(reader.U64()), Rows(ref reader)),
            SlotsType => new ExchangeRequest.Slots(reader.U64(), RowRoots(ref reader)),
            LeavesType => new ExchangeRequest.Leaves(reader.U64(), SlotLeaves(ref reader)),
            ListsType => new ExchangeRequest.Lists(reader.U64(), SlotLists(ref reader)),
            RecordsType => new ExchangeRequest.Records(reader.Records(), Wanted(ref reader)),
            FinishedType => new ExchangeRequest.Finished(new HybridTime(reader.U64()), reader.Slots()),
            _ => null,
        };
        return reader.IsWhole ? request : null;
    }

    /// <summary>Reads an answer; null for what is none.</summary>
    public static ExchangeAnswer? ReadAnswer(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ExchangeReader(bytes);
        ExchangeAnswer? answer = reader.U8() switch
        {
            RowsType => new ExchangeAnswer.Rows(new HybridTime(reader.U64()), reader.U128()),
            SlotsType => new ExchangeAnswer.Slots(RowRootsAnswers(ref reader)),
            LeavesType => new ExchangeAnswer.Leaves(SlotLeavesAnswers(ref reader)),
            ListsType => new ExchangeAnswer.Lists(SlotListsAnswers(ref reader)),
            RecordsType => new ExchangeAnswer.Records(PushAnswers(ref reader), WantedAnswers(ref reader)),
            FinishedType => ExchangeAnswer.Finished.Instance,
            _ => null,
        };
        return reader.IsWhole ? answer : null;
    }

    private static RowHash[] Rows(ref ExchangeReader reader)
    {
        var items = new RowHash[reader.RowCount(bytesEach: 9)];
        for (var i = 0; i < items.Length && !reader.HasFailed; i++)
        {
            var (row, slots) = reader.Row(above: i == 0 ? -1 : items[i - 1].Row);
            items[i] = new RowHash(row, slots, reader.U64());
        }

        return items;
    }

    private static RowRoots[] RowRoots(ref ExchangeReader reader)
    {
        var items = new RowRoots[reader.RowCount(bytesEach: 4)];
        for (var i = 0; i < items.Length && !reader.HasFailed; i++)
        {
            var (row, slots) = reader.Row(above: i == 0 ? -1 : items[i - 1].Row);
            var roots = new uint[reader.HasFailed ? 0 : (int)UInt128.PopCount(slots)];
            for (var r = 0; r < roots.Length; r++)
            {
                roots[r] = reader.U24();
            }

            items[i] = new RowRoots(row, slots, roots);
        }

        return items;
    }

    private static RowRootsAnswer[] RowRootsAnswers(ref ExchangeReader reader)
    {
        var items = new RowRootsAnswer[reader.RowCount(bytesEach: 9)];
        for (var i = 0; i < items.Length && !reader.HasFailed; i++)
        {
            var has = reader.U8(max: 3);
            var differing = (has & 1) != 0 ? reader.U128() : 0;
            var unavailable = (has & 2) != 0 ? reader.U128() : 0;
            reader.Require((differing != 0) == ((has & 1) != 0) && (unavailable != 0) == ((has & 2) != 0) && (differing & unavailable) == 0);
            var sum = reader.U64();
            var depths = reader.HasFailed ? [] : reader.Bytes((int)UInt128.PopCount(differing));
            reader.Require(!depths.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)TreeShape.DepthMax));
            items[i] = new RowRootsAnswer(differing, unavailable, sum, depths);
        }

        return items;
    }

    private static SlotLeaves[] SlotLeaves(ref ExchangeReader reader)
    {
        var items = new SlotLeaves[reader.Count(bytesEach: 6)];
        for (var i = 0; i < items.Length && !reader.HasFailed; i++)
        {
            var slot = ReadSlot(ref reader);
            var depth = reader.U8(TreeShape.DepthMax);
            var selected = new ushort[reader.Count(bytesEach: 4)];
            for (var l = 0; l < selected.Length; l++)
            {
                selected[l] = reader.U16();
                reader.Require(selected[l] < 1 << depth && (l == 0 || selected[l] > selected[l - 1]));
            }

            items[i] = new SlotLeaves(slot, depth, selected.Length > 0 ? selected : null, reader.U16s(selected.Length > 0 ? selected.Length : 1 << depth));
        }

        return items;
    }

    private static SlotLeavesAnswer[] SlotLeavesAnswers(ref ExchangeReader reader)
    {
        var items = new SlotLeavesAnswer[reader.Count(bytesEach: 1)];
        for (var i = 0; i < items.Length && !reader.HasFailed; i++)
        {
            var length = reader.Number((LeavesLimit / 8) + 1);
            items[i] = length == 0 ? default : new SlotLeavesAnswer(reader.Bytes(length), reader.U64());
        }

        return items;
    }

    private static SlotLists[] SlotLists(ref ExchangeReader reader)
    {
        var items = new SlotLists[reader.Count(bytesEach: 4)];
        for (var i = 0; i < items.Length && !reader.HasFailed; i++)
        {
            var slot = ReadSlot(ref reader);
            var depth = reader.U8(TreeShape.DepthMax);
            var leaves = new LeafList[reader.Count(bytesEach: 2)];
            for (var l = 0; l < leaves.Length && !reader.HasFailed; l++)
            {
                var leaf = (ushort)reader.Number(1 << depth);
                reader.Require(l == 0 || leaf > leaves[l - 1].Leaf);
                var records = new uint[reader.Count(bytesEach: 3, max: ushort.MaxValue)];
                for (var r = 0; r < records.Length; r++)
                {
                    records[r] = reader.U24();
                }

                leaves[l] = new LeafList(leaf, records);
            }

            items[i] = new SlotLists(slot, depth, leaves);
        }

        return items;
    }

    private static SlotListsAnswer[] SlotListsAnswers(ref ExchangeReader reader)
    {
        var actors = new ActorId[reader.Count(bytesEach: 16)];
        for (var i = 0; i < actors.Length; i++)
        {
            actors[i] = reader.Actor();
        }

        var met = 0;
        var items = new SlotListsAnswer[reader.Count(bytesEach: 1)];
        for (var i = 0; i < items.Length && !reader.HasFailed; i++)
        {
            if (reader.U8(max: 1) == 0)
            {
                continue;
            }

            var sum = reader.U64();
            var leaves = new LeafAnswer[reader.Count(bytesEach: 2)];
            for (var l = 0; l < leaves.Length && !reader.HasFailed; l++)
            {
                leaves[l] = LeafAnswer(ref reader, actors, ref met);
            }

            items[i] = new SlotListsAnswer(leaves, sum);
        }

        reader.Require(met == actors.Length && actors.Distinct().Count() == actors.Length);
        return items;
    }

    private static LeafAnswer LeafAnswer(ref ExchangeReader reader, ActorId[] actors, ref int met)
    {
        var lacking = new ushort[reader.Count(bytesEach: 1)];
        for (var i = 0; i < lacking.Length; i++)
        {
            lacking[i] = (ushort)reader.Number(ushort.MaxValue);
            reader.Require(i == 0 || lacking[i] > lacking[i - 1]);
        }

        var others = new Headline[reader.Count(bytesEach: 13)];
        for (var i = 0; i < others.Length && !reader.HasFailed; i++)
        {
            var key = new KeyPrefix(reader.U32());
            var actor = reader.Number(Math.Min(actors.Length, met + 1));
            met = Math.Max(met, reader.HasFailed ? 0 : actor + 1);
            others[i] = new Headline(key, new Dot(reader.HasFailed ? default : actors[actor], new HybridTime(reader.U64())));
        }

        return new LeafAnswer(lacking, others);
    }

    private static WantedRecords[] Wanted(ref ExchangeReader reader)
    {
        var wanted = new WantedRecords[reader.Count(bytesEach: 6)];
        for (var i = 0; i < wanted.Length; i++)
        {
            wanted[i] = new WantedRecords(ReadSlot(ref reader), new KeyPrefix(reader.U32()));
        }

        return wanted;
    }

    private static PushAnswer[] PushAnswers(ref ExchangeReader reader)
    {
        var pushed = new PushAnswer[reader.Count(bytesEach: 1)];
        for (var i = 0; i < pushed.Length && !reader.HasFailed; i++)
        {
            var outcome = (PushOutcome)reader.U8((int)PushOutcome.NotStored);
            pushed[i] = new PushAnswer(outcome, outcome == PushOutcome.Other ? reader.Container() : null);
        }

        return pushed;
    }

    private static WantedAnswer[] WantedAnswers(ref ExchangeReader reader)
    {
        var wanted = new WantedAnswer[reader.Count(bytesEach: 1)];
        for (var i = 0; i < wanted.Length && !reader.HasFailed; i++)
        {
            wanted[i] = reader.U8(max: 1) == 0 ? default : new WantedAnswer(reader.Records());
        }

        return wanted;
    }

    private static Slot ReadSlot(ref ExchangeReader reader)
    {
        var slot = reader.U16();
        reader.Require(slot < Slot.Count);
        return new Slot(slot);
    }
}
