using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary><c>/v1/node/drain</c>: asks the clients of this very node to go elsewhere (POST), takes that back (DELETE), or says how far it is.</summary>
internal sealed class NodeRoutes(INodeDrain? drain)
{
    public ValueTask Handle(HttpContext context, ReadOnlySpan<char> path)
    {
        if (path is not "drain" || drain is null)
        {
            return Answer.Problem(context, Problem.NoSuchPath);
        }

        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return ReportAsync(context, drain.DrainReportAsync(context.RequestAborted));
        }

        return HttpMethods.IsPost(method) ? ReportAsync(context, drain.DrainAsync(context.RequestAborted))
            : HttpMethods.IsDelete(method) ? ReportAsync(context, drain.ResumeAsync(context.RequestAborted))
            : Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD, POST, DELETE"));
    }

    private static async ValueTask ReportAsync(HttpContext context, ValueTask<DrainReport> report) => await Answer.Json(context, await report, HttpJson.Default.DrainReport);
}
