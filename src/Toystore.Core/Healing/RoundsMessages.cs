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
    /// new, or it has heard a mark from another; a mark that is not told may be too low.
    /// </summary>
    public sealed record Hello(bool IsTold, HybridTime Mark, HybridTime Clock) : RoundsRequest;

    /// <summary>Raise your mark towards this, sync your store, and report. Answered by <see cref="RoundsAnswer.Reported"/>.</summary>
    public sealed record Report(HybridTime Goal) : RoundsRequest;

    /// <summary>I begin an exchange with you, on these terms. Answered by <see cref="RoundsAnswer.Begun"/>.</summary>
    public sealed record Begin(ExchangeTerms Terms) : RoundsRequest;

    /// <summary>A question of the exchange that was begun under this number. Answered by <see cref="RoundsAnswer.Stepped"/>.</summary>
    public sealed record Step(ulong Number, ExchangeRequest Question) : RoundsRequest;

    /// <summary>The exchange of this number has settled these slots, and they are synced here: sync them too. My row, as it is when you have. Answered by <see cref="RoundsAnswer.Ended"/>.</summary>
    public sealed record End(ulong Number, OwnerRow Row) : RoundsRequest;
}

/// <summary>What comes back.</summary>
public abstract record RoundsAnswer
{
    private RoundsAnswer()
    {
    }

    /// <summary>What the sender has marked, what its clock shows, and its stamp. <paramref name="IsTold"/> as in <see cref="RoundsRequest.Hello"/>.</summary>
    public sealed record Marked(bool IsTold, HybridTime Mark, HybridTime Clock, ulong Stamp) : RoundsAnswer;

    /// <summary>The report, and the stamp that holds from now on.</summary>
    public sealed record Reported(MemberReport Report, bool IsTold, ulong Stamp) : RoundsAnswer;

    /// <summary>Begun under this number, on these terms, for the slots that both sides named; and the stamp that holds from now on.</summary>
    public sealed record Begun(ulong Number, ulong Stamp, ExchangeTerms Terms) : RoundsAnswer;

    /// <summary>The answer to the question.</summary>
    public sealed record Stepped(ExchangeAnswer Answer) : RoundsAnswer;

    /// <summary>Synced, and agreed. The sender's row.</summary>
    public sealed record Ended(OwnerRow Row) : RoundsAnswer;

    /// <summary>The sender knows of no such exchange (any more), or is another process by now: begin anew.</summary>
    public sealed record Void : RoundsAnswer
    {
        /// <summary>There is only one.</summary>
        public static readonly Void Instance = new();
    }
}
