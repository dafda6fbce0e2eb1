using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>What an exchange needs next from the node that runs it. Exactly one thing at a time; the method that takes the result is named with each.</summary>
public abstract record ExchangeStep
{
    private ExchangeStep()
    {
    }

    /// <summary>Send this to the other node; its answer goes to <see cref="Exchange.Answered"/>.</summary>
    public sealed record Ask(ExchangeRequest Request) : ExchangeStep;

    /// <summary>Wait until the writes that are under way have arrived everywhere (a quarter of a second, more or less: longer than most take), then <see cref="Exchange.Paused"/>.</summary>
    public sealed record Pause : ExchangeStep
    {
        /// <summary>There is only one.</summary>
        public static readonly Pause Instance = new();
    }

    /// <summary>Read which records these leaves hold here; that goes to <see cref="Exchange.Listed"/>.</summary>
    public sealed record List(IReadOnlyList<LeafRange> Leaves) : ExchangeStep;

    /// <summary>Read these records here; they go to <see cref="Exchange.Fetched"/>.</summary>
    public sealed record Fetch(IReadOnlyList<WantedRecords> Wanted) : ExchangeStep;

    /// <summary>Merge these here, durably; what each key holds then goes to <see cref="Exchange.Merged"/>.</summary>
    public sealed record Merge(IReadOnlyList<HeldRecord> Records) : ExchangeStep;

    /// <summary>The exchange is over.</summary>
    public sealed record Done(ExchangeResult Result) : ExchangeStep;
}

/// <summary>One leaf of a slot folded to 2^<paramref name="Depth"/> leaves: the records whose key hash is from <see cref="First"/> to <see cref="Last"/>.</summary>
public readonly record struct LeafRange(Slot Slot, int Depth, int Leaf)
{
    /// <summary>The lowest hash in it.</summary>
    public KeyHash First => new((ulong)Leaf << 32 << (32 - Depth));

    /// <summary>The highest hash in it.</summary>
    public KeyHash Last => new(First.Value | (ulong.MaxValue >> Depth));
}

/// <summary>A record as an exchange lists it: which key, which versions, the highest dot that its context covers, and about how many bytes it takes to send. Records without versions are left out.</summary>
public readonly record struct ListedRecord(KeyHash Key, VersionsHash Versions, Dot Highest, int Bytes)
{
    /// <summary>What an exchange lists of a record.</summary>
    public static ListedRecord Of(KeyHash hash, Key key, Container container) =>
        new(hash, VersionsHash.Of(hash, container), HighestOf(container), key.Length + ContainerCodec.SizeOf(container));

    // A context may have been stripped of what is below a floor, and then does not show all dots that live.
    private static Dot HighestOf(Container container)
    {
        var seen = container.Context.Highest;
        return container.LastWrite is { } last && last.Dot.CompareTo(seen) > 0 ? last.Dot : seen;
    }
}

/// <summary>What one exchange may take.</summary>
/// <param name="SlotsMax">Slots that are looked into; more that differ are left to the next exchange. 1 and more; default 1024.</param>
/// <param name="MessageBytes">What a message aims at; one item that is larger goes alone. Default 64 KiB.</param>
/// <param name="MessageItems">Leaves listed, and records sent, asked for and read, for one message: whoever is in a hurry waits behind them. Default 64.</param>
/// <param name="ContainerBytes">Containers sent and received; once there were more, the exchange ends. Default 8 MiB.</param>
public sealed record ExchangeLimits(int SlotsMax = 1024, int MessageBytes = 64 << 10, int MessageItems = 64, long ContainerBytes = 8 << 20);

/// <summary>What an exchange found out of a slot.</summary>
public enum SlotVerdict : byte
{
    /// <summary>Not compared to the end: it may differ. To be looked at by another exchange.</summary>
    Unfinished = 0,

    /// <summary>Equal.</summary>
    Equal = 1,

    /// <summary>Differed; all that either held when the exchange began is held durably by both now.</summary>
    Repaired = 2,

    /// <summary>Its tree is not known here at present.</summary>
    Rebuilding = 3,

    /// <summary>The other node cannot compare it at present: no owner of it, or its tree is not known there.</summary>
    Unavailable = 4,
}

/// <summary>What was repaired in a slot: keys, and bytes of keys and containers, each way.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="IsPhantom">Leaves differed, twice, and their records did not: nothing was moved. A write may have come at the wrong moment; if it happens again, a tree is wrong and wants a scan.</param>
/// <param name="KeysSent">Keys sent to the other node.</param>
/// <param name="BytesSent">Bytes sent to the other node.</param>
/// <param name="KeysReceived">Keys that came from the other node.</param>
/// <param name="BytesReceived">Bytes that came from the other node.</param>
public readonly record struct SlotRepair(Slot Slot, bool IsPhantom, int KeysSent, long BytesSent, int KeysReceived, long BytesReceived);

/// <summary>How an exchange ended.</summary>
public sealed class ExchangeResult
{
    private readonly SlotVerdicts _verdicts;
    private readonly Dictionary<Slot, Instant> _moments;
    private readonly Instant _began;

    internal ExchangeResult(
        HybridTime ticket, SlotSet compared, Instant began, SlotVerdicts verdicts, Dictionary<Slot, Instant> moments, IReadOnlyList<SlotRepair> repairs, string? problem)
    {
        (Ticket, Compared, Repairs, Problem, _began, _verdicts, _moments) = (ticket, compared, repairs, problem, began, verdicts, moments);
    }

    /// <summary>The lower of what both sides had before it began. Whatever either held then, of the slots that are <see cref="Settled"/>, both hold now.</summary>
    public HybridTime Ticket { get; }

    /// <summary>The slots it was about.</summary>
    public SlotSet Compared { get; }

    /// <summary>The slots that were looked into to the level of keys.</summary>
    public IReadOnlyList<SlotRepair> Repairs { get; }

    /// <summary>Why it ended before its time; null if it did not.</summary>
    public string? Problem { get; }

    /// <summary>What it found out of a slot that it was about.</summary>
    public SlotVerdict Of(Slot slot) => _verdicts.Of(slot);

    /// <summary>When what this node holds was read that was found equal, or whose differences were repaired: at the beginning or later. Without meaning unless the slot is settled.</summary>
    public Instant MomentOf(Slot slot) => _moments.GetValueOrDefault(slot, _began);

    /// <summary>The slots that are equal or repaired.</summary>
    public SlotSet Settled
    {
        get
        {
            var settled = _verdicts.All(SlotVerdict.Equal);
            settled.UnionWith(_verdicts.All(SlotVerdict.Repaired));
            settled.IntersectWith(Compared);
            return settled;
        }
    }

    /// <summary>The slots that another exchange should go on with.</summary>
    public SlotSet Unfinished
    {
        get
        {
            var unfinished = _verdicts.All(SlotVerdict.Unfinished);
            unfinished.IntersectWith(Compared);
            return unfinished;
        }
    }
}
