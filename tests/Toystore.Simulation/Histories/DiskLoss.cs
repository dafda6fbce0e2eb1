namespace Toystore.Simulation.Histories;

/// <summary>How a disk came to hold less than it did, without any fault of the node.</summary>
internal enum DiskLoss
{
    /// <summary>The process ended and nothing else: what was visible still is.</summary>
    Nothing,

    /// <summary>What was not on the platter is gone.</summary>
    PowerCut,

    /// <summary>Everything is gone.</summary>
    Wiped,

    /// <summary>Everything is as it was before.</summary>
    RolledBack,

    /// <summary>A record cannot be read any more.</summary>
    Garbled,
}

/// <summary>That a node's disk lost what it knew of a write.</summary>
internal readonly record struct Loss(long Moment, int Node, DiskLoss How);
