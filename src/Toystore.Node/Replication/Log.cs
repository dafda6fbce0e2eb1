using Microsoft.Extensions.Logging;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Node.Replication;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Warning, "A record in slot {Slot} could not be read ({Status}); this node does not count for its key until the other owners have given it back")]
    public static partial void RecordUnreadable(ILogger logger, Slot slot, StoreReadStatus status);

    [LoggerMessage(201, LogLevel.Warning, "A key has {Siblings} concurrent values: its writers write without the context of what they read")]
    public static partial void ManySiblings(ILogger logger, int siblings);
}
