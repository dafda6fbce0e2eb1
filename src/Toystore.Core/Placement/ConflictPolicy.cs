namespace Toystore.Core.Placement;

/// <summary>What happens to writes that had not seen each other.</summary>
public enum ConflictPolicy : byte
{
    /// <summary>All are kept, until somebody who has seen them writes.</summary>
    Siblings = 0,

    /// <summary>The one with the highest dot is shown: the latest, as far as clocks can tell.</summary>
    LastWriteWins = 1,
}
