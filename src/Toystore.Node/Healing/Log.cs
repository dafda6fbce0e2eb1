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

    [LoggerMessage(1320, LogLevel.Warning, "{Slots} slots may have lost something ({Why}): this node answers that it does not know them until other owners have given them back")]
    public static partial void SlotsLost(ILogger logger, int slots, string why);

    [LoggerMessage(1321, LogLevel.Warning, "The record of which slots this node knows is lost ({Status}): it knows none until other owners have given them back")]
    public static partial void KnownLost(ILogger logger, StoreReadStatus status);

    [LoggerMessage(1322, LogLevel.Information, "This node knows all its slots")]
    public static partial void AllKnown(ILogger logger);

    [LoggerMessage(1323, LogLevel.Warning, "{Other} remembers more of this node's disk than the disk itself: it was emptied, or is an older copy")]
    public static partial void DiskIsOlder(ILogger logger, NodeId other);

    [LoggerMessage(1324, LogLevel.Warning, "The disk did not take note that all writes are synced: if power is lost before the next start, this node asks the other owners for everything")]
    public static partial void UnsyncedStay(ILogger logger);

    [LoggerMessage(1313, LogLevel.Debug, "Floors of {Slots} slots rise, to {Highest} at most")]
    public static partial void FloorsRise(ILogger logger, int slots, HybridTime highest);
}
