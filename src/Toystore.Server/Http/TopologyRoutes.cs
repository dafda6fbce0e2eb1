using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>
/// <c>/v1/cluster/topology</c>, <c>/history</c> and <c>/force</c>: who belongs to the cluster, who decides on that, and what was decided. Anybody may look; only who is on the node's own machine may force, for the door knows nobody.
/// </summary>
internal sealed class TopologyRoutes(IClusterTopology topology)
{
    private const int BodyBytesMax = 16 * 1024;

    /// <summary>Answers what is below <c>topology</c>: nothing, <c>/history</c>, or <c>/force</c>.</summary>
    public ValueTask Handle(HttpContext context, ReadOnlySpan<char> path)
    {
        var method = context.Request.Method;
        switch (path)
        {
            case "" or "/history":
                return !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) ? Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD"))
                    : path is "" ? ShowAsync(context) : HistoryAsync(context);
            case "/force":
                return !HttpMethods.IsPost(method) ? Answer.Problem(context, Problem.MethodNotAllowed("POST"))
                    : FromHere.Is(context) ? ForceAsync(context) : Answer.Problem(context, Problem.ForcedFromElsewhere);
            default:
                return Answer.Problem(context, Problem.NoSuchPath);
        }
    }

    private async ValueTask ShowAsync(HttpContext context) => await Answer.Json(context, await topology.TopologyAsync(context.RequestAborted), HttpJson.Default.TopologyReport);

    private async ValueTask HistoryAsync(HttpContext context) => await Answer.Json(context, await topology.TopologyHistoryAsync(context.RequestAborted), HttpJson.Default.TopologyHistory);

    private async ValueTask ForceAsync(HttpContext context)
    {
        if (RequestBody.IsTooLarge(context.Request, BodyBytesMax) || await RequestBody.ReadAsync(context, BodyBytesMax) is not { } body)
        {
            await Answer.Problem(context, Problem.TooLarge(BodyBytesMax));
            return;
        }

        ForceOrder? order = null;
        try
        {
            order = JsonSerializer.Deserialize(body, HttpJson.Default.ForceOrder);
        }
        catch (JsonException)
        {
            // said below, whatever was wrong
        }

        if (order is not { Epoch: not null })
        {
            await Answer.Problem(context, Problem.Invalid("The body is JSON like { \"epoch\": \"3f2a.7\", \"lost\": [\"n2\"] }: the topology that GET /v1/cluster/topology shows, and the members that will never come back."));
            return;
        }

        // Not cut off by a client that leaves: half of the members would have been told.
        await Answer.Json(context, await topology.ForceTopologyAsync(order, CancellationToken.None), HttpJson.Default.ForceReport);
    }
}
