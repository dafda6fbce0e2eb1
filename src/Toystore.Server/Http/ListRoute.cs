using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Toystore.Core;

namespace Toystore.Server.Http;

/// <summary><c>GET /v1/keys</c>: the keys, a page at a time.</summary>
internal sealed class ListRoute(IToystore store)
{
    private static readonly JsonEncodedText Keys = JsonEncodedText.Encode("keys");
    private static readonly JsonEncodedText Next = JsonEncodedText.Encode("next");
    private static readonly JsonEncodedText Base64 = JsonEncodedText.Encode("base64");

    public ValueTask Handle(HttpContext context, Target target)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD"));
        }

        return TryReadOptions(target.Query, out var list, out var asText, out var problem)
            ? ListAsync(context, list, asText)
            : Answer.Problem(context, Problem.Invalid(problem));
    }

    private static bool TryReadOptions(
        ReadOnlySpan<char> query, [NotNullWhen(true)] out ListOptions? list, out bool asText, [NotNullWhen(false)] out string? problem)
    {
        list = new ListOptions();
        asText = false;
        problem = null;
        var reader = new QueryReader(query);
        while (problem is null && reader.Next(out var name, out var value))
        {
            if (!PercentEncoding.TryDecode(value, Key.BytesMax, out var bytes))
            {
                problem = $"The query parameter '{name}' cannot be read: at most {Key.BytesMax} bytes, each that is not a letter or digit as % and two hexadecimal digits.";
                break;
            }

            switch (name)
            {
                case "prefix":
                    list = list with { Prefix = bytes };
                    break;
                case "after":
                    // An empty text is the start, so that a loop can begin with it.
                    list = list with { After = Key.TryCreate(bytes, out var after) ? (Key?)after : null };
                    break;
                case "limit":
                    if (ParameterText.TryCount("limit", value.ToString(), ListOptions.LimitMax, out var limit, out problem))
                    {
                        list = list with { Limit = limit ?? list.Limit };
                    }

                    break;
                case "r":
                    if (ParameterText.TryCount("r", value.ToString(), int.MaxValue, out var r, out problem))
                    {
                        list = list with { R = r };
                    }

                    break;
                case "timeout":
                    if (ParameterText.TryTimeout(value.ToString(), out var timeout, out problem))
                    {
                        list = list with { Timeout = timeout };
                    }

                    break;
                case "format":
                    asText = value is "text";
                    problem = value is "text" or "json" ? null : $"format is '{value}'; it must be 'json' or 'text'.";
                    break;
                default:
                    problem = $"The query parameter '{name}' means nothing here; there are prefix, after, limit, r, timeout and format.";
                    break;
            }
        }

        return problem is null;
    }

    private async ValueTask ListAsync(HttpContext context, ListOptions list, bool asText)
    {
        var outcome = await store.ListAsync(list, context.RequestAborted);
        if (outcome is not ListOutcome.Page page)
        {
            await Answer.Problem(context, Problem.Of(outcome));
            return;
        }

        var next = page.Next is { } last ? PercentEncoding.Encode(last.Span) : null;
        context.Response.ContentType = asText ? ContentTypes.Text : "application/json";
        context.Response.Headers.CacheControl = "no-store";
        if (next is not null)
        {
            context.Response.Headers[HeaderName.Next] = next;
        }

        await Answer.Bytes(context, asText ? Text(page.Keys) : Json(page.Keys, next));
    }

    private static byte[] Text(IReadOnlyList<Key> keys)
    {
        var text = new StringBuilder();
        foreach (var key in keys)
        {
            text.Append(PercentEncoding.Encode(key.Span)).Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static ReadOnlyMemory<byte> Json(IReadOnlyList<Key> keys, string? next)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (32 * keys.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray(Keys);
            foreach (var key in keys)
            {
                Write(json, key.Span);
            }

            json.WriteEndArray();
            json.WriteString(Next, next);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    // U+0000 is legal in JSON, but many a reader ends its text there.
    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> key)
    {
        if (Utf8.IsValid(key) && !key.Contains((byte)0))
        {
            json.WriteStringValue(key);
        }
        else
        {
            json.WriteStartObject();
            json.WriteBase64String(Base64, key);
            json.WriteEndObject();
        }
    }
}
