namespace Toystore;

/// <summary>What a node can say of itself at once, without asking anybody. Doors read it with every request, so all answers must be cheap; safe to call from any thread.</summary>
public interface INodeHealth
{
    /// <summary>Why the node cannot serve requests now, or should not be asked, one sentence; null if all is well.</summary>
    string? Problem { get; }

    /// <summary>True if clients are asked to go elsewhere, since the node is about to be stopped (<see cref="INodeDrain"/>).</summary>
    bool IsDraining { get; }

    /// <summary>How many copies of a value the cluster keeps, and how many it should.</summary>
    CopyCount Copies { get; }
}

/// <summary>Copies of each value, as the topology in force has them.</summary>
/// <param name="Kept">Members that own each slot, 1..<paramref name="Wanted"/>: fewer than wanted while the cluster has fewer members.</param>
/// <param name="Wanted">N.</param>
public readonly record struct CopyCount(int Kept, int Wanted);
