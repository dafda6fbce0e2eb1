using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>The parameters of a request as options of a call: null if none was given, so that most requests make no object.</summary>
internal static class ParameterOptions
{
    public static bool TryReadOptions(this in RequestParameters parameters, out ReadOptions? options, [NotNullWhen(false)] out string? problem)
    {
        options = null;
        problem = null;
        if ((parameters.Given & ~Parameters.Key) == Parameters.None)
        {
            return true;
        }

        if (ParameterText.TryCount("Toystore-R", parameters.R, int.MaxValue, out var r, out problem)
            && ParameterText.TryPolicy(parameters.Policy, out var policy, out problem)
            && ParameterText.TryTimeout(parameters.Timeout, out var timeout, out problem)
            && ParameterText.TrySloppy(parameters.Sloppy, out var sloppy, out problem))
        {
            options = new ReadOptions { R = r, Policy = policy, Timeout = timeout, Sloppy = sloppy };
        }

        return problem is null;
    }

    public static bool TryWriteOptions(this in RequestParameters parameters, IHeaderDictionary headers, out WriteOptions? options, [NotNullWhen(false)] out string? problem)
    {
        options = null;
        problem = null;
        var ifMatch = headers.IfMatch;
        var ifNoneMatch = headers.IfNoneMatch;
        if ((parameters.Given & ~Parameters.Key) == Parameters.None && ifMatch.Count == 0 && ifNoneMatch.Count == 0)
        {
            return true;
        }

        if (EntityTags.TryPrecondition(ifMatch, ifNoneMatch, out var precondition, out problem)
            && ParameterText.TryCount("Toystore-W", parameters.W, int.MaxValue, out var w, out problem)
            && ParameterText.TryPolicy(parameters.Policy, out var policy, out problem)
            && ParameterText.TryDurability(parameters.Durability, out var durability, out problem)
            && ParameterText.TryRequestId(parameters.RequestId, out var requestId, out problem)
            && ParameterText.TryTimeout(parameters.Timeout, out var timeout, out problem)
            && ParameterText.TrySloppy(parameters.Sloppy, out var sloppy, out problem))
        {
            options = new WriteOptions
            {
                Context = parameters.Context is { Length: > 0 } context ? new ContextToken(context) : (precondition as Precondition.Unchanged)?.Since,
                W = w,
                Policy = policy,
                Precondition = precondition,
                RequestId = requestId,
                Durability = durability,
                Timeout = timeout,
                Sloppy = sloppy,
            };
        }

        return problem is null;
    }
}
