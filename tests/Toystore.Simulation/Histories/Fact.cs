using Toystore.Core.Versions;

namespace Toystore.Simulation.Histories;

/// <summary>That so many owners know of a write: somebody was told so, or a read proved it.</summary>
/// <param name="Copies">How many owners knew.</param>
/// <param name="Since">They came to know it, or were heard to know it, after this moment: what a disk lost before does not count against them.</param>
/// <param name="Known">It holds for everything that begins after this moment.</param>
/// <param name="IsDurable">True if they had it on their disks, so that a power cut cannot take it.</param>
/// <param name="Floor">Under last-write-wins: they hold this dot or a higher one.</param>
/// <param name="By">The operation that proves it.</param>
internal sealed record Fact(int Copies, long Since, long Known, bool IsDurable, Dot Floor, Operation By);
