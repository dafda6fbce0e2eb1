namespace Toystore.Node;

/// <summary>Bounds and defaults of the requests a node takes.</summary>
/// <param name="ValueBytesMax">Longest value, in bytes.</param>
/// <param name="RequestsMax">Requests of clients under way at once; beyond, they are refused as overloaded.</param>
/// <param name="Timeout">How long a request may take unless it says otherwise.</param>
/// <param name="Durability">When a write counts as stored unless it says otherwise.</param>
internal sealed record NodeLimits(long ValueBytesMax, int RequestsMax, TimeSpan Timeout, WriteDurability Durability);
