using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Healing;

internal static partial class Log
{
    [LoggerMessage(1300, LogLevel.Warning, "The floors of the slots {First} to {Last} are lost ({Status}); this node does not vouch for what it does not hold of them until the other owners have given them back")]
    public static partial void FloorsLost(ILogger logger, int first, int last, StoreReadStatus status);

    [LoggerMessage(1301, LogLevel.Warning, "Slot {Slot} could not be swept ({Problem}); tombstones stay until it can")]
    public static partial void NotSwept(ILogger logger, Slot slot, string problem);

    [LoggerMessage(1302, LogLevel.Warning, "Slot {Slot} cannot be scanned ({Problem}); it cannot be compared with other owners until it can")]
    public static partial void NotScanned(ILogger logger, Slot slot, string problem);

    [LoggerMessage(1303, LogLevel.Information, "All {Slots} slots are scanned and can be compared with other owners: {Keys} keys in {Seconds:0.0} s")]
    public static partial void Scanned(ILogger logger, int slots, long keys, double seconds);

    [LoggerMessage(1304, LogLevel.Warning, "Slot {Slot} cannot be verified ({Problem}): some of it may be damaged; look at the disk")]
    public static partial void NotScrubbed(ILogger logger, Slot slot, string problem);

    [LoggerMessage(1310, LogLevel.Information, "This process takes new writes: its mark is {Mark}")]
    public static partial void TakesWrites(ILogger logger, HybridTime mark);

    [LoggerMessage(1311, LogLevel.Information, "Repaired with {Other}: {Sent} keys sent, {Received} received, in {Slots} slots")]
    public static partial void Repaired(ILogger logger, NodeId other, int sent, int received, int slots);

    [LoggerMessage(1312, LogLevel.Information, "An exchange with {Other} ended early: {Problem}")]
    public static partial void EndedEarly(ILogger logger, NodeId other, string problem);

    [LoggerMessage(1313, LogLevel.Debug, "Floors of {Slots} slots rise, to {Highest} at most")]
    public static partial void FloorsRise(ILogger logger, int slots, HybridTime highest);
}
