using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>Says how a write or delete ended.</summary>
internal static class WriteAnswer
{
    /// <summary>The node gave the write up half-way, as when it stops.</summary>
    public static readonly Problem GivenUp = Problem.Unknown(
        "The node stopped before it knew. Send the write again, with the same Toystore-Request-Id if it had one.", null, null);

    private static readonly string[] Counts = [.. Enumerable.Range(0, 10).Select(count => count.ToString(CultureInfo.InvariantCulture))];

    public static ValueTask WriteAsync(HttpContext context, WriteOutcome outcome)
    {
        var headers = context.Response.Headers;
        if (outcome is WriteOutcome.Done done)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            headers[HeaderName.Context] = done.Context.Text;
            headers.ETag = EntityTags.Of(done.Context);
            headers[HeaderName.Copies] = done.Copies < Counts.Length ? Counts[done.Copies] : done.Copies.ToString(CultureInfo.InvariantCulture);
            headers[HeaderName.Durability] = done.Durability == WriteDurability.Fsync ? "fsync" : "os";
            if (done.StandIns > 0)
            {
                headers[HeaderName.StandIns] = done.StandIns.ToString(CultureInfo.InvariantCulture);
            }

            return ValueTask.CompletedTask;
        }

        if (outcome is WriteOutcome.PreconditionFailed { Context: { } now })
        {
            headers[HeaderName.Context] = now.Text;
            headers.ETag = EntityTags.Of(now);
        }

        return Answer.Problem(context, Problem.Of(outcome));
    }
}
