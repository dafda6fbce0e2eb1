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

    [LoggerMessage(7, LogLevel.Error, "This node does not start")]
    public static partial void StartsNot(ILogger logger, Exception problem);

    [LoggerMessage(6, LogLevel.Information, "Node {Node} {What}")]
    public static partial void Drains(ILogger logger, NodeId node, string what);

    [LoggerMessage(4, LogLevel.Warning, "The damaged files of the store are kept in {Aside}; this node starts empty, and the other owners give everything back. What was wrong: {Problem}")]
    public static partial void SetAside(ILogger logger, string aside, string problem);

    [LoggerMessage(5, LogLevel.Warning, "What the store's log has from the damage on is given up; the other owners give back what they have. What was wrong: {Problem}")]
    public static partial void CutsLog(ILogger logger, string problem);

    [LoggerMessage(3, LogLevel.Warning, "The store takes no writes ({Reason}): {Problem} The node serves reads meanwhile")]
    public static partial void StartsUnwritable(ILogger logger, StoreWrite reason, string problem);
}
