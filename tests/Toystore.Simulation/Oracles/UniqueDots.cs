using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>A dot names one write, for ever and everywhere, and an actor's dots rise: otherwise a merge takes one write for another, or for its past (basho/riak_kv#679).</summary>
internal sealed class UniqueDots(IClusterUnderTest cluster, History history) : IOracle
{
    private readonly Dictionary<ActorId, List<(Dot Dot, WriteOp Write)>> _minted = [];

    public void StoredAgain(StoredDot stored, StoredDot first)
    {
        var (one, other) = (first.Sibling, stored.Sibling);
        if (first.Key != stored.Key || one.Kind != other.Kind || one.RequestId != other.RequestId || one.ExpiresAt != other.ExpiresAt || one.ContentType != other.ContentType || !one.Value.Span.SequenceEqual(other.Value.Span))
        {
            Report($"The dot {one.Dot} names two writes: on n{first.Node + 1:x} {Describe(first)}, and on n{stored.Node + 1:x} {Describe(stored)}.");
        }
    }

    public void FirstStored(StoredDot stored, WriteOp? write)
    {
        if (write is null)
        {
            Report($"n{stored.Node + 1:x} stores a write that no client ever sent: {Describe(stored)} as {stored.Sibling.Dot}.");
            return;
        }

        // Where marks are close behind the clocks, a write is minted again above one that it is not above.
        if (write.Dots.Count > write.Attempts && !write.IsLastWrite && !cluster.HealsQuickly)
        {
            Report($"A write was minted more often than it was sent: {write}.");
        }

        var actor = stored.Sibling.Dot.Actor;
        if (!_minted.TryGetValue(actor, out var minted))
        {
            _minted.Add(actor, minted = []);
        }

        // A node whose disk was rolled back to a clean stop goes on under the name that it finds there, until somebody shows it a later write of its own: what it mints is unique, but need not rise.
        foreach (var (dot, earlier) in history.Ledger.WasReplaced(history.Ledger.IndexOf(actor.Node)) ? [] : minted)
        {
            if (earlier.End < write.Begin && earlier.Attempts == 1 && earlier.Told == Told.Done && dot.CompareTo(stored.Sibling.Dot) > 0)
            {
                Report($"The dots of {actor} fell: {earlier} was done before {write} began, and has the higher dot.");
            }
        }

        minted.Add((stored.Sibling.Dot, write));
    }

    private void Report(string text) => cluster.Violations.Add(FailureKind.DuplicateDot, nameof(UniqueDots), text);

    private string Describe(StoredDot stored) =>
        history.WriterOf(stored) is { } write ? write.ToString() : $"a {stored.Sibling.Kind.ToString().ToLowerInvariant()} of {stored.Sibling.Value.Length} bytes for {stored.Key}, request {stored.Sibling.RequestId?.ToString() ?? "unnamed"}";
}
