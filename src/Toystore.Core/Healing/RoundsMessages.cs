using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>What a member asks of another for its floors (docs/protocols/anti-entropy.md). <see cref="RoundsCodec"/> puts it into bytes.</summary>
public abstract record RoundsRequest
{
    private RoundsRequest()
    {
    }

    /// <summary>
    /// What have you marked? Asked by a process that takes no new write yet; with what it has itself, so that both have heard of each other. Answered by <see cref="RoundsAnswer.Marked"/>. <paramref name="IsTold"/>: the sender's disk is not
    /// new, or it has heard a mark from another; a mark that is not told may be too low. <paramref name="Disk"/>: what its disk says of itself.
    /// </summary>
    public sealed record Hello(bool IsTold, HybridTime Mark, HybridTime Clock, DiskWord Disk) : RoundsRequest;

    /// <summary>Raise your mark towards this, sync your store, and report. Answered by <see cref="RoundsAnswer.Reported"/>.</summary>
    public sealed record Report(HybridTime Goal) : RoundsRequest;

    /// <summary>I begin an exchange with you, on these terms. Answered by <see cref="RoundsAnswer.Begun"/>.</summary>
    public sealed record Begin(ExchangeTerms Terms) : RoundsRequest;

    /// <summary>A question of the exchange that was begun under this number. Answered by <see cref="RoundsAnswer.Stepped"/>.</summary>
    public sealed record Step(ulong Number, ExchangeRequest Question) : RoundsRequest;

    /// <summary>The exchange of this number has settled these slots, and they are synced here: sync them too. My row, as it is when you have; and those of them whose floor
    /// did not move here meanwhile. Answered by <see cref="RoundsAnswer.Ended"/>.</summary>
    public sealed record End(ulong Number, OwnerRow Row, SlotSet Stood) : RoundsRequest;
}

/// <summary>What comes back.</summary>
public abstract record RoundsAnswer
{
    private RoundsAnswer()
    {
    }

    /// <summary>What the sender has marked, what its clock shows, and its stamp. <paramref name="IsTold"/> and <paramref name="Disk"/> as in <see cref="RoundsRequest.Hello"/>. <paramref name="Memory"/>: what the sender had
    /// heard of the asker before this process of it.</summary>
    public sealed record Marked(bool IsTold, HybridTime Mark, HybridTime Clock, ulong Stamp, DiskWord Disk, DiskMemory Memory) : RoundsAnswer;

    /// <summary>The report, and the stamp that holds from now on.</summary>
    public sealed record Reported(MemberReport Report, bool IsTold, ulong Stamp) : RoundsAnswer;

    /// <summary>Begun under this number, on these terms, for the slots that both sides named; and the stamp that holds from now on.</summary>
    public sealed record Begun(ulong Number, ulong Stamp, ExchangeTerms Terms) : RoundsAnswer;

    /// <summary>The answer to the question.</summary>
    public sealed record Stepped(ExchangeAnswer Answer) : RoundsAnswer;

    /// <summary>Synced, and agreed. The sender's row, and the slots whose floor did not move there meanwhile.</summary>
    public sealed record Ended(OwnerRow Row, SlotSet Stood) : RoundsAnswer;

    /// <summary>The sender knows of no such exchange (any more), or is another process by now: begin anew.</summary>
    public sealed record Void : RoundsAnswer
    {
        /// <summary>There is only one.</summary>
        public static readonly Void Instance = new();
    }
}

/// <summary>What a member says of its disk.</summary>
/// <param name="Life">A number of chance that its process drew when it started.</param>
/// <param name="Tide">A number on its disk that only grows, by now and then while it writes, and at every start: if somebody has heard of a higher one, the disk is an older copy of itself.</param>
/// <param name="IsNew">The disk was empty when this process started, and it has taken no write yet.</param>
public readonly record struct DiskWord(ulong Life, ulong Tide, bool IsNew);

/// <summary>What a member remembers of another one's disk.</summary>
/// <param name="HasMet">It has heard of an earlier process of it.</param>
/// <param name="Tide">The highest number that such a process told.</param>
public readonly record struct DiskMemory(bool HasMet, ulong Tide);
