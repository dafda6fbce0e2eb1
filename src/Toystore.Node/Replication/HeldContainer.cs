using Toystore.Core.Versions;

namespace Toystore.Node.Replication;

/// <summary>What this node holds of a key.</summary>
/// <param name="Container">All that it knows.</param>
/// <param name="Unknowing">True if it may once have known, and acknowledged, more: its silence proves nothing.</param>
/// <param name="Unreadable">True if there was a record and it is lost: it may have held dots of this node's actor.</param>
internal readonly record struct HeldContainer(Container Container, bool Unknowing, bool Unreadable = false);
