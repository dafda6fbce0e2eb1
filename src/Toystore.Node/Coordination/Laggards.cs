using Toystore.Core;
using Toystore.Node.Hints;

namespace Toystore.Node.Coordination;

/// <summary>
/// Owners that lack something, as far as is known here: something is kept for them, or they said lately that they do not know. Whoever reads from one of them finds that the owners differ, asks again and writes back; so they are asked
/// last, and get what they lack without clients waiting for it.
/// </summary>
internal sealed class Laggards(HintBook book, TimeProvider time)
{
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new(); // for whoever changes it
    private (NodeId Owner, long At)[] _unknowing = [];

    /// <summary>An owner has said that it does not know.</summary>
    public void SaidUnknowing(NodeId owner)
    {
        lock (_lock)
        {
            if (!IsNoted(owner, Lately / 2))
            {
                Volatile.Write(ref _unknowing, [.. _unknowing.Where(each => each.Owner != owner && time.GetElapsedTime(each.At) < Lately), (owner, time.GetTimestamp())]);
            }
        }
    }

    /// <summary>True if an owner is one of them. Takes no lock, and allocates nothing.</summary>
    public bool Has(NodeId owner) => book.HasFor(owner) || IsNoted(owner, Lately);

    private bool IsNoted(NodeId owner, TimeSpan within)
    {
        foreach (var (noted, at) in Volatile.Read(ref _unknowing))
        {
            if (noted == owner)
            {
                return time.GetElapsedTime(at) < within;
            }
        }

        return false;
    }
}
