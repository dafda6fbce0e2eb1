using Toystore.Core.Versions;

namespace Toystore.Node.Replication;

/// <summary>What this node holds of a key.</summary>
/// <param name="Container">All that it knows.</param>
/// <param name="Unknowing">True if it may once have known, and acknowledged, more: its silence proves nothing.</param>
/// <param name="Trouble">What is wrong with the record on the disk.</param>
internal readonly record struct HeldContainer(Container Container, bool Unknowing, RecordTrouble Trouble = RecordTrouble.None)
{
    /// <summary>What others are told of a record that the disk did not give.</summary>
    public const string CannotBeRead = "its disk did not give the record this time";
}

/// <summary>What can be wrong with a record.</summary>
internal enum RecordTrouble : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The disk did not give it this time. It may be whole, and nothing must be written over it.</summary>
    Unreadable,

    /// <summary>It is lost: it may have held dots of this node's actor.</summary>
    Garbled,
}
