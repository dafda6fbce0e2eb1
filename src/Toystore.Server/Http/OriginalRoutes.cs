using Microsoft.AspNetCore.Http;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Server.Http;

/// <summary>
/// The two routes of the first Toystore: <c>GET /{key}</c> answers the last write, and a form sent to <c>/</c> is a write that wins over those before it. New are the true status codes.
/// </summary>
internal sealed class OriginalRoutes(IToystore store, HttpDoorOptions options, BodyRoom room)
{
    private static readonly ReadOptions LastWrite = new() { Policy = ConflictPolicy.LastWriteWins };
    private static readonly WriteOptions AsLastWrite = new() { Policy = ConflictPolicy.LastWriteWins };
    private static readonly byte[] Success = "Success"u8.ToArray();

    public ValueTask Handle(HttpContext context, ReadOnlySpan<char> path)
    {
        var method = context.Request.Method;
        if (path.Length <= 1)
        {
            return HttpMethods.IsPost(method) ? Post(context)
                : HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Page.Welcome.Handle(context)
                : Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD, POST"));
        }

        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            return Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD"));
        }

        return KeyText.TryRead(path[1..], out var key, out var problem)
            ? GetAsync(context, key)
            : Answer.Problem(context, Problem.Invalid(problem));
    }

    private async ValueTask GetAsync(HttpContext context, Key key)
    {
        var outcome = await store.GetAsync(key, LastWrite, context.RequestAborted);
        await (outcome is ReadOutcome.Found found ? ReadAnswer.One(context, found.Values[^1]) : Answer.Problem(context, Problem.Of(outcome)));
    }

    private ValueTask Post(HttpContext context)
    {
        // Forms are the one kind of write that any web page can make a browser send here unasked.
        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site")
        {
            return Answer.Problem(context, Problem.CrossSite);
        }

        if (!Form.Understands(context.Request.ContentType))
        {
            return Answer.Problem(context, Problem.UnsupportedForm(context.Request.ContentType));
        }

        return RequestBody.IsTooLarge(context.Request, Form.BodyBytesMax(options.ValueBytesMax))
            ? Answer.Problem(context, Problem.TooLarge(options.ValueBytesMax))
            : PostAsync(context);
    }

    private async ValueTask PostAsync(HttpContext context)
    {
        if (!room.TryTake(context.Request, Form.BodyBytesMax(options.ValueBytesMax), out var taken))
        {
            await Answer.Problem(context, Problem.NoRoomForBody);
            return;
        }

        try
        {
            await PostBodyAsync(context);
        }
        finally
        {
            room.GiveBack(taken);
        }
    }

    private async ValueTask PostBodyAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context, Form.BodyBytesMax(options.ValueBytesMax));
        if (body is null)
        {
            await Answer.Problem(context, Problem.TooLarge(options.ValueBytesMax));
            return;
        }

        var form = await Form.ReadAsync(context.Request.ContentType, body);
        if (form.Problem is not null)
        {
            await Answer.Problem(context, Problem.Invalid(form.Problem));
        }
        else if (form.Value.Bytes.Length > options.ValueBytesMax)
        {
            await Answer.Problem(context, Problem.TooLarge(options.ValueBytesMax));
        }
        else
        {
            await PutAsync(context, form.Key, form.Value);
        }
    }

    private async ValueTask PutAsync(HttpContext context, Key key, Value value)
    {
        try
        {
            var outcome = await store.PutAsync(key, value, AsLastWrite, CancellationToken.None);
            await (outcome is WriteOutcome.Done ? Answer.Text(context, StatusCodes.Status200OK, Success) : WriteAnswer.WriteAsync(context, outcome));
        }
        catch (OperationCanceledException)
        {
            await Answer.Problem(context, WriteAnswer.GivenUp);
        }
    }
}
