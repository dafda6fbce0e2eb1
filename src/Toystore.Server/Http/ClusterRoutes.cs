using Microsoft.AspNetCore.Http;
using Toystore.Core;

namespace Toystore.Server.Http;

/// <summary><c>/v1/cluster/...</c>: the cluster as an operator sees it.</summary>
internal sealed class ClusterRoutes(IClusterView cluster, ClusterKeyRoutes? keys, TopologyRoutes? topology)
{
    private readonly RepairRoute _repair = new(cluster);

    public ValueTask Handle(HttpContext context, Target target, ReadOnlySpan<char> path)
    {
        if (path is "repair")
        {
            return _repair.Handle(context, target);
        }

        if (path is "keys" && keys is not null)
        {
            return keys.Handle(context);
        }

        if (path.StartsWith("topology", StringComparison.Ordinal) && topology is not null)
        {
            return topology.Handle(context, path[8..]);
        }

        var ofKey = path.StartsWith("keys/", StringComparison.Ordinal);
        if (!ofKey && path is not ("status" or "ring" or "hints"))
        {
            return Answer.Problem(context, Problem.NoSuchPath);
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD"));
        }

        if (!ofKey)
        {
            return path is "status" ? StatusAsync(context) : path is "ring" ? RingAsync(context) : HintsAsync(context);
        }

        return RequestParameters.TryRead(context.Request.Headers, target.Query, Parameters.Key, out var parameters, out var problem)
            && KeyText.TryRead(path[5..], parameters.Key, out var key, out problem)
            ? PlacementAsync(context, key)
            : Answer.Problem(context, Problem.Invalid(problem));
    }

    private async ValueTask StatusAsync(HttpContext context) =>
        await Answer.Json(context, await cluster.StatusAsync(context.RequestAborted), HttpJson.Default.ClusterStatus);

    private async ValueTask RingAsync(HttpContext context) =>
        await Answer.Json(context, await cluster.RingAsync(context.RequestAborted), HttpJson.Default.RingStatus);

    private async ValueTask HintsAsync(HttpContext context) =>
        await Answer.Json(context, await cluster.HintsAsync(context.RequestAborted), HttpJson.Default.HintsReport);

    private async ValueTask PlacementAsync(HttpContext context, Key key) =>
        await Answer.Json(context, await cluster.PlacementAsync(key, context.RequestAborted), HttpJson.Default.KeyPlacement);
}
