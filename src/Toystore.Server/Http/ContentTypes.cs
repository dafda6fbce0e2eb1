using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>Content types of values: taken as they are sent, handed out as they were stored.</summary>
internal static class ContentTypes
{
    public const string Bytes = "application/octet-stream";
    public const string Text = "text/plain; charset=utf-8";

    private const int LengthMax = 255;

    public static bool TryTake(string? sent, out string? contentType, [NotNullWhen(false)] out string? problem)
    {
        contentType = string.IsNullOrEmpty(sent) ? null : sent;
        problem = contentType is null || IsSendable(contentType) ? null : $"The Content-Type must be at most {LengthMax} printable ASCII characters.";
        return problem is null;
    }

    /// <summary>
    /// Sets the type of a value. Values come from anyone who may write, and a browser would run a page or picture with scripts as if it were this server's own: anything
    /// that is not plainly harmless is put into a sandbox.
    /// </summary>
    public static void Set(HttpResponse response, string? contentType)
    {
        var type = Sendable(contentType);
        response.ContentType = type;
        if (!IsHarmless(type))
        {
            response.Headers.ContentSecurityPolicy = "sandbox";
            response.Headers.XContentTypeOptions = "nosniff";
        }
    }

    /// <summary>What can stand in a header: other doors may have stored anything.</summary>
    public static string Sendable(string? contentType) => contentType is not null && IsSendable(contentType) ? contentType : Bytes;

    private static bool IsHarmless(string type) =>
        type == Bytes
        || (type.StartsWith("application/json", StringComparison.Ordinal) && IsWhole(type, 16))
        || (type.StartsWith("text/plain", StringComparison.Ordinal) && IsWhole(type, 10));

    private static bool IsWhole(string type, int length) => type.Length == length || type[length] is ';' or ' ';

    private static bool IsSendable(string type) => type.Length is > 0 and <= LengthMax && type.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0;
}
