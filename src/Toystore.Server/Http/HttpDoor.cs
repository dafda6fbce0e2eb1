using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Toystore.Server.Http;

/// <summary>
/// A Toystore over HTTP. Dispatches on the target as it was sent, because a key is bytes: the decoded path has lost which slashes were escaped and which dots were meant.
/// Endpoint routing is left out for the same reason, and because the dispatch is a few comparisons on the way of every request.
/// </summary>
internal sealed class HttpDoor(
    IToystore store, IClusterView cluster, IClusterKeys? keys, IClusterTopology? topology, INodeHealth? health, INodeDrain? drain, HttpDoorOptions options, BodyRoom room, TimeProvider time, ILogger logger)
{
    private readonly KeyRoutes _keys = new(store, options, room, time);
    private readonly ListRoute _list = new(store);
    private readonly ClusterRoutes _cluster = new(cluster, keys is null ? null : new ClusterKeyRoutes(keys, options), topology is null ? null : new TopologyRoutes(topology));
    private readonly NodeRoutes _node = new(drain);
    private readonly HealthRoutes _health = new(health);
    private readonly OriginalRoutes _original = new(store, options, room);
    private readonly CopiesHeader? _copies = health is null ? null : new CopiesHeader(health);

    /// <summary>False if the path is somebody else's.</summary>
    public bool TryHandle(HttpContext context, out Task handled)
    {
        var target = Target.Of(context);
        var path = target.Path;
        ValueTask handling;
        if (health is { IsDraining: true } && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }

        if (path.StartsWith("/v1/", StringComparison.Ordinal))
        {
            handling = Versioned(context, target, path[4..]);
        }
        else if (path.StartsWith("/health/", StringComparison.Ordinal))
        {
            handling = _health.Handle(context, path[8..]);
        }
        else if (options.OriginalRoutes && context.GetEndpoint() is null)
        {
            _copies?.Set(context.Response);
            handling = _original.Handle(context, path);
        }
        else
        {
            handled = Task.CompletedTask;
            return false;
        }

        handled = handling.IsCompletedSuccessfully ? Completed(handling) : Guard(context, handling);
        return true;
    }

    private ValueTask Versioned(HttpContext context, Target target, ReadOnlySpan<char> path)
    {
        if (path.StartsWith("keys", StringComparison.Ordinal))
        {
            if (path.Length == 4)
            {
                _copies?.Set(context.Response);
                return _list.Handle(context, target);
            }

            if (path[4] == '/')
            {
                _copies?.Set(context.Response);
                return _keys.Handle(context, target, path[5..]);
            }
        }

        if (path.StartsWith("cluster/", StringComparison.Ordinal))
        {
            return _cluster.Handle(context, target, path[8..]);
        }

        if (path.StartsWith("node/", StringComparison.Ordinal))
        {
            return _node.Handle(context, path[5..]);
        }

        return path.SequenceEqual("openapi.json")
            ? Page.OpenApi.Handle(context)
            : Answer.Problem(context, Problem.NoSuchPath);
    }

    private static Task Completed(ValueTask handling)
    {
        handling.GetAwaiter().GetResult();
        return Task.CompletedTask;
    }

    private async Task Guard(HttpContext context, ValueTask handling)
    {
        try
        {
            await handling;
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            context.Response.Headers.Connection = "close";
            await Answer.Problem(context, Problem.BadRequest(exception.StatusCode, exception.Message));
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException || HasLeft(context, exception))
        {
            Log.ClientLeft(logger, exception.Message);
        }
        catch (OperationCanceledException) when (!context.Response.HasStarted)
        {
            await Answer.Problem(context, Problem.Unavailable("The node is stopping. Ask another one.", null, null));
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Log.RequestFailed(logger, exception, context.Request.Method);
            await Answer.Problem(context, Problem.Internal);
        }
    }

    private static bool HasLeft(HttpContext context, Exception exception) =>
        exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested;
}
