namespace Toystore.Simulation.Disks;

/// <summary>What room is left on a disk.</summary>
internal enum Room
{
    /// <summary>Enough.</summary>
    Enough,

    /// <summary>Less than the store's reserve: it takes only what makes room, and what the node knows of itself.</summary>
    Reserve,

    /// <summary>So little that it takes nothing.</summary>
    None,
}
