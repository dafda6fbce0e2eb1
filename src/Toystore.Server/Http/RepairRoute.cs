using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Toystore.Core.Placement;

namespace Toystore.Server.Http;

/// <summary><c>/v1/cluster/repair</c>: how the members' copies are kept alike; a POST has them compared now.</summary>
internal sealed class RepairRoute(IClusterView cluster)
{
    public ValueTask Handle(HttpContext context, Target target)
    {
        var method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsPost(method))
        {
            return Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD, POST"));
        }

        return TryReadSlot(target.Query, out var slot, out var problem)
            ? AnswerAsync(context, slot, HttpMethods.IsPost(method))
            : Answer.Problem(context, Problem.Invalid(problem));
    }

    private static bool TryReadSlot(ReadOnlySpan<char> query, out int? slot, [NotNullWhen(false)] out string? problem)
    {
        (slot, problem) = (null, null);
        var reader = new QueryReader(query);
        while (reader.Next(out var name, out var value))
        {
            if (name is not "slot" || slot is not null)
            {
                problem = name is "slot" ? "The parameter slot is given twice: name one slot, or none for all." : $"The query parameter '{name}' means nothing here.";
                return false;
            }

            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= Slot.Count)
            {
                problem = $"slot is '{value}': it is a whole number, 0 to {Slot.Count - 1}.";
                return false;
            }

            slot = number;
        }

        return true;
    }

    private async ValueTask AnswerAsync(HttpContext context, int? slot, bool begins) =>
        await Answer.Json(context, begins ? await cluster.RepairNowAsync(slot, context.RequestAborted) : await cluster.RepairAsync(slot, context.RequestAborted), HttpJson.Default.RepairReport);
}
