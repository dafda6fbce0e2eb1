using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Storage;

namespace Toystore.Node;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Node {Node} of cluster {Cluster} is up at {Peer}: {Topology}")]
    public static partial void Started(ILogger logger, NodeId node, ClusterId cluster, Endpoint peer, Topology topology);

    [LoggerMessage(2, LogLevel.Information, "Node {Node} has stopped cleanly")]
    public static partial void Stopped(ILogger logger, NodeId node);

    [LoggerMessage(3, LogLevel.Warning, "The store takes no writes ({Reason}): {Problem} The node serves reads meanwhile")]
    public static partial void StartsUnwritable(ILogger logger, StoreWrite reason, string problem);
}
