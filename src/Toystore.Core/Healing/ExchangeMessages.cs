using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// What the node that began an exchange asks of the other one; <c>docs/protocols/anti-entropy.md</c> tells the whole conversation. <see cref="ExchangeCodec"/> puts it into bytes.
/// </summary>
public abstract record ExchangeRequest
{
    private ExchangeRequest()
    {
    }

    /// <summary>Are these rows equal? <paramref name="Ticket"/>: the mark that the sender had before it began. Answered by <see cref="ExchangeAnswer.Rows"/>.</summary>
    public sealed record Rows(HybridTime Ticket, IReadOnlyList<RowHash> Items) : ExchangeRequest;

    /// <summary>Are these slots equal? Answered by <see cref="ExchangeAnswer.Slots"/>.</summary>
    public sealed record Slots(ulong Salt, IReadOnlyList<RowRoots> Items) : ExchangeRequest;

    /// <summary>Are these leaves equal? Answered by <see cref="ExchangeAnswer.Leaves"/>.</summary>
    public sealed record Leaves(ulong Salt, IReadOnlyList<SlotLeaves> Items) : ExchangeRequest;

    /// <summary>These are the records of some leaves: which of them do you not have, and what do you have instead? Answered by <see cref="ExchangeAnswer.Lists"/>.</summary>
    public sealed record Lists(ulong Salt, IReadOnlyList<SlotLists> Items) : ExchangeRequest;

    /// <summary>Merge these, durably, and give me those. Answered by <see cref="ExchangeAnswer.Records"/>.</summary>
    public sealed record Records(IReadOnlyList<HeldRecord> Pushed, IReadOnlyList<WantedRecords> Wanted) : ExchangeRequest;

    /// <summary>This exchange is over: of these slots, whatever either of us held when it began is held by both now. Answered by <see cref="ExchangeAnswer.Finished"/>.</summary>
    public sealed record Finished(HybridTime Ticket, SlotSet Settled) : ExchangeRequest;
}

/// <summary>What the other node answers: item by item, in the order of the request.</summary>
public abstract record ExchangeAnswer
{
    private ExchangeAnswer()
    {
    }

    /// <summary><paramref name="Ticket"/>: the lower of the sender's and the answerer's. <paramref name="Differing"/>: bit i is row i; one that cannot be compared counts.</summary>
    public sealed record Rows(HybridTime Ticket, UInt128 Differing) : ExchangeAnswer;

    /// <summary>Which slots differ.</summary>
    public sealed record Slots(IReadOnlyList<RowRootsAnswer> Items) : ExchangeAnswer;

    /// <summary>Which leaves differ.</summary>
    public sealed record Leaves(IReadOnlyList<SlotLeavesAnswer> Items) : ExchangeAnswer;

    /// <summary>Which records differ.</summary>
    public sealed record Lists(IReadOnlyList<SlotListsAnswer> Items) : ExchangeAnswer;

    /// <summary>What came of the records that were pushed, and those that were wanted: as many of these as fit, from the first on.</summary>
    public sealed record Records(IReadOnlyList<PushAnswer> Pushed, IReadOnlyList<WantedAnswer> Wanted) : ExchangeAnswer;

    /// <summary>Noted.</summary>
    public sealed record Finished : ExchangeAnswer
    {
        /// <summary>There is only one.</summary>
        public static readonly Finished Instance = new();
    }
}

/// <summary>A row, 0..127: which of its slots are compared (bit i is slot 128 * row + i), and a hash of their roots.</summary>
public readonly record struct RowHash(byte Row, UInt128 Slots, ulong Hash);

/// <summary>Some slots of a row, and the roots of these in order, shortened to 24 bits.</summary>
public readonly record struct RowRoots(byte Row, UInt128 Slots, IReadOnlyList<uint> Roots);

/// <summary>
/// Of the slots of a row: which differ, which cannot be compared here (no owner of it, or its tree is not known now), what the others add up to in whole hashes (which tells whether any only looked equal), and how deep the trees of those that differ
/// are, in order.
/// </summary>
public readonly record struct RowRootsAnswer(UInt128 Differing, UInt128 Unavailable, ulong EqualSum, IReadOnlyList<byte> Depths);

/// <summary>Leaves of a slot, folded to 2^<paramref name="Depth"/>: all of them, or those named in <paramref name="Selected"/>, ascending; the hashes of these in order, shortened to 16 bits.</summary>
public readonly record struct SlotLeaves(Slot Slot, byte Depth, IReadOnlyList<ushort>? Selected, IReadOnlyList<ushort> Hashes);

/// <summary>Of the leaves of a slot, in the order of the question: bit i of <paramref name="Differing"/> (bit i % 8 of byte i / 8) says that the i-th differs; null if the slot cannot be compared. The others add up to <paramref name="EqualSum"/> in whole hashes.</summary>
public readonly record struct SlotLeavesAnswer(IReadOnlyList<byte>? Differing, ulong EqualSum);

/// <summary>Leaves of a slot, each with its records.</summary>
public readonly record struct SlotLists(Slot Slot, byte Depth, IReadOnlyList<LeafList> Leaves);

/// <summary>The records of a leaf, by the hash of the key: each is the hash of its versions, shortened to 24 bits.</summary>
public readonly record struct LeafList(ushort Leaf, IReadOnlyList<uint> Records);

/// <summary>Of the leaves of a slot in the question's order what differs; null if the slot cannot be read. The records that both hold add up to <paramref name="SameSum"/> in whole hashes.</summary>
public readonly record struct SlotListsAnswer(IReadOnlyList<LeafAnswer>? Leaves, ulong SameSum);

/// <summary>Which records of the question's list are not here as they are there, and which are here and not in the list.</summary>
public readonly record struct LeafAnswer(IReadOnlyList<ushort> Lacking, IReadOnlyList<Headline> Others);

/// <summary>A record in few words: which key it is, and the highest dot that it knows of.</summary>
public readonly record struct Headline(KeyPrefix Key, Dot Highest);

/// <summary>A key and all that is known of it.</summary>
public readonly record struct HeldRecord(Key Key, Container Container);

/// <summary>All records of a slot whose key hash begins so.</summary>
public readonly record struct WantedRecords(Slot Slot, KeyPrefix Key);

/// <summary>What came of a record that was pushed.</summary>
public enum PushOutcome : byte
{
    /// <summary>Merged and durable, and what is held now are the versions that were pushed.</summary>
    Same = 0,

    /// <summary>Merged and durable, and something else is held now, which is given back.</summary>
    Other = 1,

    /// <summary>Not stored.</summary>
    NotStored = 2,
}

/// <summary>What came of a record that was pushed; what is held now, if that is something else.</summary>
public readonly record struct PushAnswer(PushOutcome Outcome, Container? Held);

/// <summary>The records that were wanted; null if they could not be read.</summary>
public readonly record struct WantedAnswer(IReadOnlyList<HeldRecord>? Records);
