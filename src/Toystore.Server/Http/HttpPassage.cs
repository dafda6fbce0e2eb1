using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>Where the door stands in a pipeline: what it does not take goes on to the next middleware.</summary>
internal sealed class HttpPassage(HttpDoor door, RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) => door.TryHandle(context, out var handled) ? handled : next(context);
}
