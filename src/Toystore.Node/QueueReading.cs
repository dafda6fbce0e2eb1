namespace Toystore.Node;

/// <summary>How long a queue or table is now.</summary>
/// <param name="Name">Which one.</param>
/// <param name="Length">How much is in it: 0 when the node has nothing to do.</param>
/// <param name="Bound">How much can be in it; null where it grows with the requests that are worked on, which have bounds of their own.</param>
internal readonly record struct QueueReading(string Name, long Length, long? Bound);
