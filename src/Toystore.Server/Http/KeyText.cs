using System.Diagnostics.CodeAnalysis;
using Toystore.Core;

namespace Toystore.Server.Http;

/// <summary>A key as a target has it.</summary>
internal static class KeyText
{
    private const string TooLong = "A key has 1 to 4096 bytes.";

    /// <summary>The key that stands in the path; or, if the path ends before it, the one of the query, which can hold the byte 0 that servers refuse in paths.</summary>
    public static bool TryRead(ReadOnlySpan<char> path, byte[]? query, out Key key, [NotNullWhen(false)] out string? problem)
    {
        key = default;
        problem = null;
        if (path.IsEmpty)
        {
            if (!Key.TryCreate(query, out key))
            {
                problem = $"There is no key. {TooLong} It follows /v1/keys/, or stands in the query as key=.";
            }
        }
        else if (query is not null)
        {
            problem = "There is a key in the path and another in the query; send one of them.";
        }
        else
        {
            TryRead(path, out key, out problem);
        }

        return problem is null;
    }

    public static bool TryRead(ReadOnlySpan<char> text, out Key key, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (!PercentEncoding.TryDecode(text, Key.BytesMax, out var bytes) || !Key.TryCreate(bytes, out key))
        {
            key = default;
            problem = $"The key cannot be read. {TooLong} Write each byte that is not a letter or digit as % and two hexadecimal digits.";
            return false;
        }

        return true;
    }
}
