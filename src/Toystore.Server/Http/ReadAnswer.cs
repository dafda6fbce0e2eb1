using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>Says how a read ended.</summary>
internal static class ReadAnswer
{
    public static ValueTask WriteAsync(HttpContext context, ReadOutcome outcome)
    {
        if (outcome.StandIns > 0)
        {
            context.Response.Headers[HeaderName.StandIns] = outcome.StandIns.ToString(CultureInfo.InvariantCulture);
        }

        if (outcome is ReadOutcome.Found found)
        {
            return Found(context, found);
        }

        if (outcome is ReadOutcome.NotFound { Context: { } seen })
        {
            context.Response.Headers[HeaderName.Context] = seen.Text;
        }

        return Answer.Problem(context, Problem.Of(outcome));
    }

    /// <summary>One value, raw.</summary>
    public static ValueTask One(HttpContext context, Value value)
    {
        ContentTypes.Set(context.Response, value.ContentType);
        if (value.ExpiresAt is { } moment)
        {
            context.Response.Headers[HeaderName.ExpiresAt] = Moment(moment);
        }

        return Answer.Bytes(context, value.Bytes);
    }

    /// <summary>RFC 3339, UTC, milliseconds.</summary>
    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static ValueTask Found(HttpContext context, ReadOutcome.Found found)
    {
        var headers = context.Response.Headers;
        headers[HeaderName.Context] = found.Context.Text;
        headers.ETag = EntityTags.Of(found.Context);
        var known = context.Request.Headers.IfNoneMatch;
        if (known.Count > 0 && EntityTags.AnyIs(known, found.Context))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return ValueTask.CompletedTask;
        }

        if (found.Values.Count == 1)
        {
            return One(context, found.Values[0]);
        }

        headers.Vary = "Accept";
        return (WantsParts(context.Request) ? SeveralValues.InParts(found) : SeveralValues.InJson(found)).WriteAsync(context);
    }

    private static bool WantsParts(HttpRequest request)
    {
        double parts = 0, json = 0;
        foreach (var accepted in request.GetTypedHeaders().Accept)
        {
            var quality = accepted.Quality ?? 1;
            if (accepted.MediaType.Equals("multipart/mixed", StringComparison.OrdinalIgnoreCase) || accepted.MediaType.Equals("multipart/*", StringComparison.OrdinalIgnoreCase))
            {
                parts = Math.Max(parts, quality);
            }
            else if (accepted.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            {
                json = Math.Max(json, quality);
            }
        }

        return parts > 0 && parts >= json;
    }
}
