using System.Collections.Immutable;

namespace Toystore.Core.Agreement;

/// <summary>What an <see cref="Amendment"/> says next: messages to send, and what then; null if it goes on waiting for what it waits for.</summary>
public readonly record struct AmendmentStep(ImmutableArray<Outgoing> Messages, AmendmentNext? Next);

/// <summary>What an amendment waits for, or how it ended.</summary>
public abstract record AmendmentNext
{
    private AmendmentNext()
    {
    }

    /// <summary>For answers, which go to <see cref="Amendment.Heard"/>. A call that got none may be sent again (<see cref="Amendment.Again"/>); when it has taken too long, <see cref="Amendment.TooLong"/>.</summary>
    public sealed record Answers : AmendmentNext
    {
        /// <summary>There is only one.</summary>
        public static readonly Answers Instance = new();
    }

    /// <summary>For this long; then <see cref="Amendment.Rested"/>. <paramref name="Refusals"/>: who refused the attempt that has just failed, and why; empty if others were faster, or too few answered.</summary>
    public sealed record Pause(TimeSpan Length, ImmutableArray<(NodeId Node, Refusal Reason)> Refusals) : AmendmentNext;

    /// <summary>It holds: <paramref name="Newest"/> is the newest decree known, and the change is in it, or in one before it.</summary>
    public sealed record Done(Decree Newest) : AmendmentNext;

    /// <summary>The change does not want to be made of <paramref name="Newest"/>.</summary>
    public sealed record Refused(Decree Newest, string Reason) : AmendmentNext;
}

/// <summary>What a change makes of the newest decree.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>This should come next (<see cref="Decree.Next"/>).</summary>
    public sealed record Propose(Decree Next) : Verdict;

    /// <summary>There is nothing to do: it is as it was wanted.</summary>
    public sealed record Settled : Verdict
    {
        /// <summary>There is only one.</summary>
        public static readonly Settled Instance = new();
    }

    /// <summary>It cannot be done, for this reason: a sentence for the operator.</summary>
    public sealed record Refuse(string Reason) : Verdict;
}
