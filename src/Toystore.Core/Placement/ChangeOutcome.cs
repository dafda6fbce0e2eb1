namespace Toystore.Core.Placement;

/// <summary>What changes make of a document.</summary>
public abstract record ChangeOutcome
{
    private ChangeOutcome()
    {
    }

    /// <summary>This should come next.</summary>
    public sealed record Made(Topology Next) : ChangeOutcome;

    /// <summary>There is nothing to do: it is as it was wanted.</summary>
    public sealed record InAlready : ChangeOutcome
    {
        /// <summary>There is only one.</summary>
        public static readonly InAlready Instance = new();
    }

    /// <summary>It cannot be done. <paramref name="Reason"/>: sentences for the operator, with everything that is against it.</summary>
    public sealed record Refused(string Reason) : ChangeOutcome;
}

/// <summary>What an operator has said yes to. Without it, a change that needs it is refused.</summary>
[Flags]
public enum ChangeConsent
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>More copies of a slot may be in one zone than now, for want of zones.</summary>
    CrowdedZones = 1,

    /// <summary>Whoever is removed runs no more, and will not before its disk is emptied: with R = 1, an old owner that does goes on answering reads alone.</summary>
    StoppedForGood = 2,

    /// <summary>Writes that only those have who are removed may be lost: with W = 1, any acknowledged one.</summary>
    LostWrites = 4,
}
