using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Node.Hints;

internal static partial class Log
{
    [LoggerMessage(1200, LogLevel.Information, "{Count} hints ({Bytes} bytes) are kept here for {Target}, from before this start")]
    public static partial void Found(this ILogger logger, NodeId target, long count, long bytes);

    [LoggerMessage(1201, LogLevel.Warning, "The hints on the disk cannot be counted yet: {Problem} Until then no new ones are taken")]
    public static partial void NotCounted(this ILogger logger, string problem);

    [LoggerMessage(1202, LogLevel.Information, "Writes that {Target} misses are kept here from now on")]
    public static partial void Keeps(this ILogger logger, NodeId target);

    [LoggerMessage(1203, LogLevel.Warning, "A hint for {Target} in slot {Slot} is lost ({Status}); anti-entropy has to mend what it was for")]
    public static partial void Lost(this ILogger logger, NodeId target, Slot slot, StoreReadStatus status);

    [LoggerMessage(1204, LogLevel.Warning, "{Count} hints for {Target} in slot {Slot} were too old and are dropped; anti-entropy has to mend what they were for")]
    public static partial void TooOld(this ILogger logger, long count, NodeId target, Slot slot);

    [LoggerMessage(1205, LogLevel.Warning, "The disk does not give the hints for {Target} in slot {Slot}, and they are dropped; anti-entropy has to mend what they were for")]
    public static partial void Unreadable(this ILogger logger, NodeId target, Slot slot);

    [LoggerMessage(1206, LogLevel.Information, "{Target} is back: {Count} hints are on their way to it")]
    public static partial void Begins(this ILogger logger, NodeId target, long count);

    [LoggerMessage(1207, LogLevel.Information, "All hints for {Target} are delivered: {Count} of them")]
    public static partial void Delivered(this ILogger logger, NodeId target, long count);

    [LoggerMessage(1208, LogLevel.Information, "{Target} is no member any more: its {Count} hints go to those who own its slots now")]
    public static partial void Reroutes(this ILogger logger, NodeId target, long count);
}
