using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Coordination;

/// <summary>Where a container's way to its owners ended.</summary>
/// <param name="State">Done, not done or unknown.</param>
/// <param name="Stored">Members known to hold it.</param>
/// <param name="StandIns">How many of them stand in for owners.</param>
/// <param name="Higher">The highest live reading that a member holds and the container does not cover.</param>
/// <param name="Refusal">Why the first owner's store that refused did so; Done if none did.</param>
/// <param name="Detail">What went wrong first.</param>
internal readonly record struct QuorumWriting(WriteState State, int Stored, int StandIns, HybridTime Higher, StoreWrite Refusal, string Detail)
{
    /// <summary>The highest mark that a member has told which did not take it for that; 0 if none did.</summary>
    public HybridTime TooLow { get; init; }
}
