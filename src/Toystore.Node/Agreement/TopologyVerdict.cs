using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

/// <summary>What a change makes of the newest edition. It must recognise itself in what it is given: an attempt that seemed to fail may have been finished by somebody else.</summary>
internal abstract record TopologyVerdict
{
    private TopologyVerdict()
    {
    }

    /// <summary>This should come next, under whichever number.</summary>
    public sealed record Next(Topology Topology) : TopologyVerdict
    {
        /// <summary>The fingerprint of the options that are put in force with it; null if they are not.</summary>
        public ulong? Options { get; init; }
    }

    /// <summary>It is as it was wanted.</summary>
    public sealed record Settled : TopologyVerdict
    {
        /// <summary>There is only one.</summary>
        public static readonly Settled Instance = new();
    }

    /// <summary>It cannot be done; a sentence for the operator.</summary>
    public sealed record Refuse(string Reason) : TopologyVerdict;
}

/// <summary>How a change ended.</summary>
/// <param name="Newest">The newest edition known then; null if there is none.</param>
/// <param name="Problem">Why it was not made; null if it holds.</param>
internal sealed record TopologyOutcome(Edition? Newest, string? Problem);
