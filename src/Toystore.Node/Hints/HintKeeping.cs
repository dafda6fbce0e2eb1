using Toystore.Core.Versions;
using Toystore.Node.Healing;
using Toystore.Storage;

namespace Toystore.Node.Hints;

/// <summary>How keeping a hint ended.</summary>
/// <param name="Outcome">Done: it is on the disk, as durably as was asked.</param>
/// <param name="Container">What is kept now.</param>
/// <param name="Detail">Why it was refused; empty if it was not.</param>
internal readonly record struct HintKeeping(StoreWrite Outcome, Container Container, string Detail)
{
    /// <summary>Other than taken: it must not be kept, whatever room there is.</summary>
    public LocalAdmission Admission { get; init; }
}
