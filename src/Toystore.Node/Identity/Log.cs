using Microsoft.Extensions.Logging;
using Toystore.Core.Versions;

namespace Toystore.Node.Identity;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Dots of this node are minted by {Actor}")]
    public static partial void ActorTaken(ILogger logger, ActorId actor);

    [LoggerMessage(101, LogLevel.Warning, "From now on dots are minted by {Actor}: {Reason}")]
    public static partial void ActorAbandoned(ILogger logger, string reason, ActorId actor);

    [LoggerMessage(102, LogLevel.Warning, "{Dot} is further ahead of this node's clock than the skew bound; it is kept, but the clock does not follow it. Check the clocks of both nodes")]
    public static partial void ReadingFarAhead(ILogger logger, Dot dot);
}
