using System.Buffers;

namespace Toystore.Core.Healing;

/// <summary>
/// The messages of an exchange as bytes; <c>docs/protocols/anti-entropy.md</c> has the layout. Reading trusts nothing, never throws, and accepts only what writing would have made; values and keys are slices of what is read.
/// </summary>
public static partial class ExchangeCodec
{
    private const byte RowsType = 1;
    private const byte SlotsType = 2;
    private const byte LeavesType = 3;
    private const byte ListsType = 4;
    private const byte RecordsType = 5;
    private const byte FinishedType = 6;

    /// <summary>Writes a request.</summary>
    public static void Write(ExchangeRequest request, IBufferWriter<byte> to)
    {
        var writer = new ExchangeWriter(to);
        switch (request)
        {
            case ExchangeRequest.Rows rows:
                writer.U8(RowsType);
                writer.U64(rows.Ticket.Value);
                writer.U8((byte)rows.Items.Count);
                foreach (var item in rows.Items)
                {
                    writer.Row(item.Row, item.Slots);
                    writer.U64(item.Hash);
                }

                break;
            case ExchangeRequest.Slots slots:
                writer.U8(SlotsType);
                writer.U64(slots.Salt);
                writer.U8((byte)slots.Items.Count);
                foreach (var item in slots.Items)
                {
                    Write(writer, item);
                }

                break;
            case ExchangeRequest.Leaves leaves:
                writer.U8(LeavesType);
                writer.U64(leaves.Salt);
                writer.Count(leaves.Items.Count);
                foreach (var item in leaves.Items)
                {
                    Write(writer, item);
                }

                break;
            case ExchangeRequest.Lists lists:
                writer.U8(ListsType);
                writer.U64(lists.Salt);
                writer.Count(lists.Items.Count);
                foreach (var item in lists.Items)
                {
                    Write(writer, item);
                }

                break;
            case ExchangeRequest.Records records:
                writer.U8(RecordsType);
                writer.Records(records.Pushed);
                writer.Count(records.Wanted.Count);
                foreach (var wanted in records.Wanted)
                {
                    writer.U16(wanted.Slot.Index);
                    writer.U32(wanted.Key.Value);
                }

                break;
            case ExchangeRequest.Finished finished:
                writer.U8(FinishedType);
                writer.U64(finished.Ticket.Value);
                writer.Slots(finished.Settled);
                break;
            default:
                throw new InvariantException($"an unknown request: {request}");
        }
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(ExchangeAnswer answer, IBufferWriter<byte> to)
    {
        var writer = new ExchangeWriter(to);
        switch (answer)
        {
            case ExchangeAnswer.Rows rows:
                writer.U8(RowsType);
                writer.U64(rows.Ticket.Value);
                writer.U128(rows.Differing);
                break;
            case ExchangeAnswer.Slots slots:
                writer.U8(SlotsType);
                writer.U8((byte)slots.Items.Count);
                foreach (var item in slots.Items)
                {
                    Write(writer, item);
                }

                break;
            case ExchangeAnswer.Leaves leaves:
                writer.U8(LeavesType);
                writer.Count(leaves.Items.Count);
                foreach (var item in leaves.Items)
                {
                    writer.Bytes(item.Differing ?? []);
                    if (item.Differing is not null)
                    {
                        writer.U64(item.EqualSum);
                    }
                }

                break;
            case ExchangeAnswer.Lists lists:
                writer.U8(ListsType);
                Write(writer, lists);
                break;
            case ExchangeAnswer.Records records:
                writer.U8(RecordsType);
                Write(writer, records);
                break;
            case ExchangeAnswer.Finished:
                writer.U8(FinishedType);
                break;
            default:
                throw new InvariantException($"an unknown answer: {answer}");
        }
    }

    private static void Write(ExchangeWriter writer, RowRoots item)
    {
        writer.Row(item.Row, item.Slots);
        foreach (var root in item.Roots)
        {
            writer.U24(root);
        }
    }

    private static void Write(ExchangeWriter writer, SlotLeaves item)
    {
        writer.U16(item.Slot.Index);
        writer.U8(item.Depth);
        writer.Count(item.Selected?.Count ?? 0);
        foreach (var leaf in item.Selected ?? [])
        {
            writer.U16(leaf);
        }

        foreach (var hash in item.Hashes)
        {
            writer.U16(hash);
        }
    }

    private static void Write(ExchangeWriter writer, SlotLists item)
    {
        writer.U16(item.Slot.Index);
        writer.U8(item.Depth);
        writer.Count(item.Leaves.Count);
        foreach (var leaf in item.Leaves)
        {
            writer.Count(leaf.Leaf);
            writer.Count(leaf.Records.Count);
            foreach (var record in leaf.Records)
            {
                writer.U24(record);
            }
        }
    }

    private static void Write(ExchangeWriter writer, RowRootsAnswer item)
    {
        writer.U8((byte)((item.Differing == 0 ? 0 : 1) | (item.Unavailable == 0 ? 0 : 2)));
        if (item.Differing != 0)
        {
            writer.U128(item.Differing);
        }

        if (item.Unavailable != 0)
        {
            writer.U128(item.Unavailable);
        }

        writer.U64(item.EqualSum);
        foreach (var depth in item.Depths)
        {
            writer.U8(depth);
        }
    }

    private static void Write(ExchangeWriter writer, ExchangeAnswer.Lists lists)
    {
        // An actor stands once, where it is first met: most differences of an outage are one actor's writes.
        var actors = lists.Items.SelectMany(slot => slot.Leaves ?? []).SelectMany(leaf => leaf.Others).Select(other => other.Highest.Actor).Distinct().ToList();
        var numbers = actors.Index().ToDictionary(actor => actor.Item, actor => actor.Index);
        writer.Count(actors.Count);
        foreach (var actor in actors)
        {
            writer.Actor(actor);
        }

        writer.Count(lists.Items.Count);
        foreach (var slot in lists.Items)
        {
            writer.U8((byte)(slot.Leaves is null ? 0 : 1));
            if (slot.Leaves is null)
            {
                continue;
            }

            writer.U64(slot.SameSum);
            writer.Count(slot.Leaves.Count);
            foreach (var leaf in slot.Leaves)
            {
                writer.Count(leaf.Lacking.Count);
                foreach (var index in leaf.Lacking)
                {
                    writer.Count(index);
                }

                writer.Count(leaf.Others.Count);
                foreach (var other in leaf.Others)
                {
                    writer.U32(other.Key.Value);
                    writer.Count(numbers[other.Highest.Actor]);
                    writer.U64(other.Highest.Time.Value);
                }
            }
        }
    }

    private static void Write(ExchangeWriter writer, ExchangeAnswer.Records records)
    {
        writer.Count(records.Pushed.Count);
        foreach (var push in records.Pushed)
        {
            writer.U8((byte)push.Outcome);
            if (push.Outcome == PushOutcome.Other)
            {
                writer.Container(push.Held!);
            }
        }

        writer.Count(records.Wanted.Count);
        foreach (var wanted in records.Wanted)
        {
            writer.U8((byte)(wanted.Records is null ? 0 : 1));
            if (wanted.Records is not null)
            {
                writer.Records(wanted.Records);
            }
        }
    }
}
