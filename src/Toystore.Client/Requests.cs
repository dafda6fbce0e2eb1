using System.Globalization;
using System.Net.Http.Headers;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Client;

/// <summary>Calls as HTTP requests, byte for byte as the server documents them.</summary>
internal static class Requests
{
    private const string KeyRoot = "/v1/keys/";
    private const int ContentTypeBytesMax = 255;

    /// <summary>The target of a key below <paramref name="root"/>. A key with the byte 0 stands in the query: the server's platform refuses <c>%00</c> in a path.</summary>
    public static string KeyTarget(string root, Key key) => root + (key.Span.Contains((byte)0) ? "?key=" : "") + KeyPath.Encode(key.Span);

    /// <summary>The target of repairs: of all slots, or of one.</summary>
    public static string RepairTarget(int? slot) => "/v1/cluster/repair" + (slot is { } number ? FormattableString.Invariant($"?slot={number}") : "");

    /// <summary>A request whose target is sent as it is written here: no dot segment removed, no escape undone.</summary>
    public static HttpRequestMessage To(Uri node, HttpMethod method, string target) =>
        new(method, new Uri(node.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

    /// <summary>A read of one key.</summary>
    public static HttpRequestMessage Get(Uri node, Key key, ReadOptions options)
    {
        var request = To(node, HttpMethod.Get, KeyTarget(KeyRoot, key));
        request.Headers.TryAddWithoutValidation("Accept", "multipart/mixed, */*;q=0.5");
        Add(request, "Toystore-R", options.R);
        Add(request, options.Policy);
        Add(request, options.Timeout);
        Add(request, options.Sloppy);
        return request;
    }

    /// <summary>A write or, without a value, a delete. Both have a body, if an empty one: the platform repeats requests without a body by itself, and whether to repeat a write is not its to say.</summary>
    public static HttpRequestMessage Write(Uri node, Key key, Value? value, WriteOptions options, int announcedBytesMin)
    {
        var request = To(node, value is null ? HttpMethod.Delete : HttpMethod.Put, KeyTarget(KeyRoot, key));
        request.Content = new ReadOnlyMemoryContent(value?.Bytes ?? default);
        if (value is { } written)
        {
            request.Headers.ExpectContinue = written.Bytes.Length >= announcedBytesMin ? true : null;
            if (written.ContentType is { } contentType)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }

            if (written.ExpiresAt is { } expiresAt)
            {
                Add(request, "Toystore-Expires-At", expiresAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            }
        }

        Add(request, "Toystore-Context", options.Context?.Text);
        Add(request, "Toystore-W", options.W);
        Add(request, options.Policy);
        Add(request, "Toystore-Durability", options.Durability switch
        {
            null => null,
            WriteDurability.Fsync => "fsync",
            WriteDurability.Os => "os",
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Durability, "No such durability."),
        });
        Add(request, "Toystore-Request-Id", options.RequestId?.ToString("D"));
        Add(request, options.Timeout);
        Add(request, options.Sloppy);
        Add(request.Headers, options.Precondition);
        return request;
    }

    /// <summary>A page of keys.</summary>
    public static HttpRequestMessage List(Uri node, ListOptions options)
    {
        var target = FormattableString.Invariant($"/v1/keys?limit={options.Limit}");
        target += options.Prefix.IsEmpty ? "" : "&prefix=" + KeyPath.Encode(options.Prefix.Span);
        target += options.After is { } after ? "&after=" + KeyPath.Encode(after.Span) : "";
        target += options.R is { } r ? FormattableString.Invariant($"&r={r}") : "";
        target += options.Timeout is { } timeout ? FormattableString.Invariant($"&timeout={(int)timeout.TotalMilliseconds}") : "";
        return To(node, HttpMethod.Get, target);
    }

    /// <summary>What is wrong with a write before it is sent; null if nothing is.</summary>
    public static string? Check(Value? value, WriteOptions options)
    {
        if (value?.ContentType is { } contentType && (contentType.Length is 0 or > ContentTypeBytesMax || !IsHeaderText(contentType)))
        {
            return $"The content type is no media type: give 1 to {ContentTypeBytesMax} printable ASCII characters, as in 'text/plain; charset=utf-8', or none.";
        }

        var since = (options.Precondition as Precondition.Unchanged)?.Since;
        return IsToken(options.Context) && IsToken(since) ? null : "The context is not one that a Toystore answer gave: copy the whole token of Toystore-Context.";
    }

    private static bool IsToken(ContextToken? token) => token is not { } given || (given.Text is { Length: > 0 } text && IsHeaderText(text) && !text.AsSpan().ContainsAny('"', ' '));

    private static bool IsHeaderText(string text) => text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0;

    private static void Add(HttpRequestHeaders headers, Precondition? precondition)
    {
        switch (precondition)
        {
            case null:
                break;
            case Precondition.Absent:
                headers.TryAddWithoutValidation("If-None-Match", "*");
                break;
            case Precondition.Present:
                headers.TryAddWithoutValidation("If-Match", "*");
                break;
            case Precondition.Unchanged unchanged:
                headers.TryAddWithoutValidation("If-Match", $"\"{unchanged.Since.Text}\"");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(precondition), precondition, "No such precondition.");
        }
    }

    private static void Add(HttpRequestMessage request, ConflictPolicy? policy) => Add(request, "Toystore-Policy", policy switch
    {
        null => null,
        ConflictPolicy.Siblings => "siblings",
        ConflictPolicy.LastWriteWins => "lww",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "No such policy."),
    });

    private static void Add(HttpRequestMessage request, TimeSpan? timeout) => Add(request, "Toystore-Timeout", (int?)timeout?.TotalMilliseconds);

    private static void Add(HttpRequestMessage request, bool? sloppy) => Add(request, "Toystore-Sloppy", sloppy switch { null => null, true => "true", false => "false" });

    private static void Add(HttpRequestMessage request, string name, int? number) => Add(request, name, number?.ToString(CultureInfo.InvariantCulture));

    private static void Add(HttpRequestMessage request, string name, string? text)
    {
        if (text is not null)
        {
            request.Headers.TryAddWithoutValidation(name, text);
        }
    }
}
