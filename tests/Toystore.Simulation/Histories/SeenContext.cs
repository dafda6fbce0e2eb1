using Toystore.Core.Versions;

namespace Toystore.Simulation.Histories;

/// <summary>A context in the hands of a client.</summary>
/// <param name="Token">As it was given out.</param>
/// <param name="Vector">What it covers, as the cluster reads it.</param>
/// <param name="Shown">Values that came with it: it must cover them.</param>
/// <param name="Perhaps">Values that it may cover and that nobody may have replaced before: those that came with it, or the write that returned it, unless a version vector cannot say so.</param>
internal sealed record SeenContext(ContextToken Token, VersionVector Vector, IReadOnlySet<string> Shown, IReadOnlySet<string> Perhaps);
