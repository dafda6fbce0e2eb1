namespace Toystore.Core.Placement;

/// <summary>How far the move of a slot is (docs/decisions/0011).</summary>
public enum MoveStage : byte
{
    /// <summary>It does not move.</summary>
    Settled = 0,

    /// <summary>Stage 1, write both, read old: W of the old owners and W of the new take each write; R of the old answer a read. The gaining owners are being filled.</summary>
    ReadOld = 1,

    /// <summary>Stage 2, write both, read new: R of the new owners answer a read. Old owners are told.</summary>
    ReadNew = 2,
}
