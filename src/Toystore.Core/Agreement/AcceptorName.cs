namespace Toystore.Core.Agreement;

/// <summary>
/// Which disk an acceptor's word is on: 64 bits of chance, not 0, drawn when its state is first written. A disk that was emptied, or gone back to an older copy of itself, gets another: it has forgotten what it promised, and must never be
/// taken for the one that promised. 0 stands for whichever disk a node has, which only a list of seeds may say.
/// </summary>
public readonly record struct DiskId(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Value:x}");
}

/// <summary>Who decides: a node and the disk that it had when it was named. With another disk it is not the one that was named.</summary>
public readonly record struct AcceptorName(NodeId Node, DiskId Disk)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Node}@{Disk}";
}
