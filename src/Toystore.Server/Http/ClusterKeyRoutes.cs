using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>
/// <c>/v1/cluster/keys</c>: which keys seal the gossip, and how they are changed. The door knows nobody, so it lets in who is on the node's own machine
/// (<see cref="FromHere"/>).
/// </summary>
internal sealed class ClusterKeyRoutes(IClusterKeys keys, HttpDoorOptions options)
{
    private const int BodyBytesMax = 16 * 1024;

    public ValueTask Handle(HttpContext context)
    {
        if (!options.KeysFromElsewhere && !FromHere.Is(context))
        {
            return Answer.Problem(context, Problem.KeysFromElsewhere);
        }

        var method = context.Request.Method;
        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
            ? ListAsync(context)
            : HttpMethods.IsPost(method) ? ChangeAsync(context) : Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD, POST"));
    }

    private async ValueTask ListAsync(HttpContext context) => await Answer.Json(context, await keys.KeysAsync(context.RequestAborted), HttpJson.Default.KeysReport);

    private async ValueTask ChangeAsync(HttpContext context)
    {
        if (RequestBody.IsTooLarge(context.Request, BodyBytesMax) || await RequestBody.ReadAsync(context, BodyBytesMax) is not { } body)
        {
            await Answer.Problem(context, Problem.TooLarge(BodyBytesMax));
            return;
        }

        KeyChange? change = null;
        try
        {
            change = JsonSerializer.Deserialize(body, HttpJson.Default.KeyChange);
        }
        catch (JsonException)
        {
            // Its message could have a piece of the key in it.
        }

        if (change is not { Step: not null, Key: not null })
        {
            await Answer.Problem(context, Problem.Invalid("The body is JSON like { \"step\": \"use\", \"key\": \"5f0c0b1e\" }: step is add, use or remove, and without may list members to leave out."));
            return;
        }

        // Not cut off by a client that leaves: a step that reached half of the members would have to be taken again.
        await Answer.Json(context, await keys.ChangeKeysAsync(change, CancellationToken.None), HttpJson.Default.KeysReport);
    }
}
