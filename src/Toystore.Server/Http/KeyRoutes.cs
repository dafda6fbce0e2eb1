using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Toystore.Core;

namespace Toystore.Server.Http;

/// <summary><c>/v1/keys/{key}</c>: read, write and delete one key.</summary>
internal sealed class KeyRoutes(IToystore store, HttpDoorOptions options, BodyRoom room, TimeProvider time)
{
    private const string Allow = "GET, HEAD, PUT, DELETE";

    public ValueTask Handle(HttpContext context, Target target, ReadOnlySpan<char> keyText)
    {
        var method = context.Request.Method;
        var reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        var deletes = !reads && HttpMethods.IsDelete(method);
        if (!reads && !deletes && !HttpMethods.IsPut(method))
        {
            return Answer.Problem(context, Problem.MethodNotAllowed(Allow));
        }

        var allowed = reads ? Parameters.Read : deletes ? Parameters.Delete : Parameters.Put;
        if (!RequestParameters.TryRead(context.Request.Headers, target.Query, allowed, out var parameters, out var problem)
            || !KeyText.TryRead(keyText, parameters.Key, out var key, out problem))
        {
            return Answer.Problem(context, Problem.Invalid(problem));
        }

        if (reads)
        {
            return parameters.TryReadOptions(out var read, out problem) ? ReadAsync(context, key, read) : Answer.Problem(context, Problem.Invalid(problem));
        }

        if (!parameters.TryWriteOptions(context.Request.Headers, out var write, out problem))
        {
            return Answer.Problem(context, Problem.Invalid(problem));
        }

        if (deletes)
        {
            return DeleteAsync(context, key, write);
        }

        if (RequestBody.IsTooLarge(context.Request, options.ValueBytesMax))
        {
            return Answer.Problem(context, Problem.TooLarge(options.ValueBytesMax));
        }

        return ContentTypes.TryTake(context.Request.ContentType, out var contentType, out problem)
            && ParameterText.TryExpiry(parameters.ExpiresAt, parameters.Ttl, time, out var expiresAt, out problem)
            ? PutAsync(context, key, contentType, expiresAt, write)
            : Answer.Problem(context, Problem.Invalid(problem));
    }

    // A client that has gone needs no answer, so its read is given up.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadAsync(HttpContext context, Key key, ReadOptions? read)
    {
        var outcome = await store.GetAsync(key, read, context.RequestAborted);
        await ReadAnswer.WriteAsync(context, outcome);
    }

    // A client that has gone may still want its write: the call is never cancelled from here.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask PutAsync(HttpContext context, Key key, string? contentType, DateTimeOffset? expiresAt, WriteOptions? write)
    {
        if (!room.TryTake(context.Request, options.ValueBytesMax, out var taken))
        {
            await Answer.Problem(context, Problem.NoRoomForBody);
            return;
        }

        try
        {
            var body = await RequestBody.ReadAsync(context, options.ValueBytesMax);
            if (body is null)
            {
                await Answer.Problem(context, Problem.TooLarge(options.ValueBytesMax));
                return;
            }

            var outcome = await store.PutAsync(key, new Value(body, contentType, expiresAt), write, CancellationToken.None);
            await WriteAnswer.WriteAsync(context, outcome);
        }
        catch (OperationCanceledException)
        {
            await Answer.Problem(context, WriteAnswer.GivenUp);
        }
        finally
        {
            room.GiveBack(taken);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DeleteAsync(HttpContext context, Key key, WriteOptions? write)
    {
        try
        {
            var outcome = await store.DeleteAsync(key, write, CancellationToken.None);
            await WriteAnswer.WriteAsync(context, outcome);
        }
        catch (OperationCanceledException)
        {
            await Answer.Problem(context, WriteAnswer.GivenUp);
        }
    }
}
