using System.Text;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: the node can serve requests, or why it cannot.</summary>
internal sealed class HealthRoutes(INodeHealth? health)
{
    private static readonly byte[] Live = "live\n"u8.ToArray();
    private static readonly byte[] Ready = "ready\n"u8.ToArray();

    public ValueTask Handle(HttpContext context, ReadOnlySpan<char> path)
    {
        if (path is not ("live" or "ready"))
        {
            return Answer.Problem(context, Problem.NoSuchPath);
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD"));
        }

        context.Response.Headers.CacheControl = "no-store";
        if (path is "live")
        {
            return Answer.Text(context, StatusCodes.Status200OK, Live);
        }

        return health?.Problem is { } problem
            ? Answer.Text(context, StatusCodes.Status503ServiceUnavailable, Encoding.UTF8.GetBytes(problem + "\n"))
            : Answer.Text(context, StatusCodes.Status200OK, Ready);
    }
}
