using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace Toystore.Server.Http;

/// <summary>Contexts as entity tags (RFC 9110 §8.8.3): the same token in quotes.</summary>
internal static class EntityTags
{
    public static string Of(ContextToken context) => string.Concat("\"", context.Text, "\"");

    /// <summary>True if <c>If-None-Match</c> names this context, or anything at all.</summary>
    public static bool AnyIs(StringValues ifNoneMatch, ContextToken context)
    {
        foreach (var line in ifNoneMatch)
        {
            var rest = line.AsSpan().Trim();
            if (rest is "*")
            {
                return true;
            }

            while (TryNext(ref rest, out var tag, out _))
            {
                if (tag.SequenceEqual(context.Text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>What the conditional headers of a write ask for; null if there are none.</summary>
    public static bool TryPrecondition(StringValues ifMatch, StringValues ifNoneMatch, out Precondition? precondition, [NotNullWhen(false)] out string? problem)
    {
        precondition = null;
        problem = null;
        if (ifMatch.Count > 0 && ifNoneMatch.Count > 0)
        {
            problem = "If-Match and If-None-Match are both given; send one of them.";
        }
        else if (ifNoneMatch.Count > 0)
        {
            if (ifNoneMatch.ToString().Trim() == "*")
            {
                precondition = new Precondition.Absent();
            }
            else
            {
                problem = $"If-None-Match is '{ifNoneMatch}'; with a write it can only be * (write if there is no value).";
            }
        }
        else if (ifMatch.Count > 0)
        {
            var rest = ifMatch.ToString().AsSpan().Trim();
            if (rest is "*")
            {
                precondition = new Precondition.Present();
            }
            else if (TryNext(ref rest, out var tag, out var weak) && !weak && !tag.IsEmpty && rest.IsEmpty)
            {
                precondition = new Precondition.Unchanged(new ContextToken(tag.ToString()));
            }
            else
            {
                problem = $"If-Match is '{ifMatch}'; it must be * (write if there is a value) or one ETag of an earlier answer, in its quotes.";
            }
        }

        return problem is null;
    }

    private static bool TryNext(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> tag, out bool weak)
    {
        tag = default;
        rest = rest.TrimStart(" \t,");
        weak = rest.StartsWith("W/", StringComparison.Ordinal);
        var open = weak ? 2 : 0;
        if (rest.Length <= open || rest[open] != '"')
        {
            return false;
        }

        var length = rest[(open + 1)..].IndexOf('"');
        if (length < 0)
        {
            return false;
        }

        tag = rest.Slice(open + 1, length);
        rest = rest[(open + length + 2)..].TrimStart(" \t");
        return true;
    }
}
