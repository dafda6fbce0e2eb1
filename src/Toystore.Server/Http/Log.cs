using Microsoft.Extensions.Logging;

namespace Toystore.Server.Http;

internal static partial class Log
{
    [LoggerMessage(501, LogLevel.Error, "A {Method} request failed in a way that should not be possible; the client was answered 500")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method);

    [LoggerMessage(502, LogLevel.Debug, "A client left before its answer: {Reason}")]
    public static partial void ClientLeft(ILogger logger, string reason);
}
