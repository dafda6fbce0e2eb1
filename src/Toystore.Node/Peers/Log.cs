using Microsoft.Extensions.Logging;
using Toystore.Core;

namespace Toystore.Node.Peers;

/// <summary>Everything the connections between nodes have to say.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Connected with {Peer} ({Lane})")]
    public static partial void Up(this ILogger logger, NodeId peer, PeerLane lane);

    [LoggerMessage(1001, LogLevel.Warning, "No connection with {Peer} ({Lane}): {Problem}")]
    public static partial void Down(this ILogger logger, NodeId peer, PeerLane lane, string problem);

    [LoggerMessage(1002, LogLevel.Warning, "Lost the connection with {Peer} ({Lane}): {Reason}")]
    public static partial void Broke(this ILogger logger, NodeId peer, PeerLane lane, string reason);

    [LoggerMessage(1003, LogLevel.Error, "Could not write down a {Message} for {Peer}")]
    public static partial void CannotEncode(this ILogger logger, Exception exception, NodeId peer, string message);

    [LoggerMessage(1010, LogLevel.Information, "Listening for peers on {Endpoint}")]
    public static partial void Listening(this ILogger logger, string endpoint);

    [LoggerMessage(1011, LogLevel.Information, "{Peer} has connected from {Remote} ({Lane})")]
    public static partial void Accepted(this ILogger logger, NodeId peer, string remote, PeerLane lane);

    [LoggerMessage(1012, LogLevel.Information, "{Peer} is gone from {Remote} ({Lane})")]
    public static partial void Gone(this ILogger logger, NodeId peer, string remote, PeerLane lane);

    [LoggerMessage(1013, LogLevel.Warning, "Refused a connection from {Remote}: {Problem}")]
    public static partial void Refused(this ILogger logger, string remote, string problem);

    [LoggerMessage(1014, LogLevel.Debug, "Refused a connection from {Remote} again: {Problem}")]
    public static partial void RefusedAgain(this ILogger logger, string remote, string problem);

    [LoggerMessage(1015, LogLevel.Warning, "Closed the connection of {Peer} from {Remote}: {Reason}")]
    public static partial void Closed(this ILogger logger, NodeId peer, string remote, string reason);

    [LoggerMessage(1016, LogLevel.Error, "The handler failed at a {Request} of {Peer}")]
    public static partial void HandlerFailed(this ILogger logger, Exception exception, string request, NodeId peer);

    [LoggerMessage(1017, LogLevel.Error, "The connection of {Peer} from {Remote} failed")]
    public static partial void SessionFailed(this ILogger logger, Exception exception, NodeId peer, string remote);
}
