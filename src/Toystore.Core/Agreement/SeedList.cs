using System.Buffers.Binary;
using Toystore.Core.Placement;

namespace Toystore.Core.Agreement;

/// <summary>
/// The nodes that found a cluster: a majority of them decides on the first decree. All must be given the same list; one that was given another is refused, whichever nodes are on it.
/// </summary>
/// <remarks>
/// A seed is named by its node alone, for nobody knows its disk yet. So whoever loses its disk after it voted, and before all other seeds know what was decided, could vote once more: together with seeds that have heard
/// nothing, and while those that have are cut off, it could found a second cluster. A host that has reason to believe that its disk is not its first does not act as a seed.
/// </remarks>
public sealed class SeedList
{
    /// <summary>The most seeds of a list.</summary>
    public const int SeedsMax = 255;

    private readonly NodeId[] _nodes;

    /// <summary>A list of these, in whatever order. <paramref name="terms"/>: whatever else all seeds must have been given alike, for the fingerprint.</summary>
    /// <exception cref="ArgumentException">None, more than <see cref="SeedsMax"/>, or one of them twice or nobody.</exception>
    public SeedList(IEnumerable<NodeId> nodes, ReadOnlySpan<byte> terms = default)
    {
        _nodes = [.. nodes.Order()];
        if (_nodes.Length is 0 or > SeedsMax || _nodes[0] == default || _nodes.Distinct().Count() < _nodes.Length)
        {
            throw new ArgumentException($"A list of seeds has 1 to {SeedsMax} nodes, each once.", nameof(nodes));
        }

        Span<byte> bytes = stackalloc byte[(_nodes.Length + 1) * sizeof(ulong)];
        for (var i = 0; i < _nodes.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * sizeof(ulong))..], _nodes[i].Value);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes[^sizeof(ulong)..], Fnv1a.Hash(terms));
        Fingerprint = Fnv1a.Hash(bytes);
    }

    /// <summary>The nodes, ascending.</summary>
    public ReadOnlySpan<NodeId> Nodes => _nodes;

    /// <summary>Equal for lists of the same nodes under the same terms, and as good as never for others.</summary>
    public ulong Fingerprint { get; }

    /// <summary>The decision that these seeds make.</summary>
    public Instance Instance => new(default, Fingerprint);

    /// <summary>True if the node is on the list.</summary>
    public bool Contains(NodeId node) => Array.BinarySearch(_nodes, node) >= 0;
}
