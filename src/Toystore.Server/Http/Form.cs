using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Toystore.Core;

namespace Toystore.Server.Http;

/// <summary>A key and a value as a form sends them, either way that browsers do. The framework's own form reader makes text of fields; here they are bytes.</summary>
/// <param name="Key">The field <c>key</c>.</param>
/// <param name="Value">The field <c>value</c>: of the type that the form says, or text.</param>
/// <param name="Problem">Why it cannot be read; null if it can.</param>
internal readonly record struct Form(Key Key, Value Value, string? Problem)
{
    private const string UrlEncoded = "application/x-www-form-urlencoded";
    private const string MultiPart = "multipart/form-data";

    public static bool Understands(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals(UrlEncoded, StringComparison.OrdinalIgnoreCase) || type.MediaType.Equals(MultiPart, StringComparison.OrdinalIgnoreCase));

    /// <summary>The longest form that can hold a value of so many bytes: each may take three characters, and the key and what is around them need some too.</summary>
    public static int BodyBytesMax(int valueBytesMax) => (int)Math.Min(Array.MaxLength, (3L * (valueBytesMax + Key.BytesMax)) + 4096);

    public static ValueTask<Form> ReadAsync(string? contentType, byte[] body)
    {
        var type = MediaTypeHeaderValue.Parse(contentType);
        return type.MediaType.Equals(UrlEncoded, StringComparison.OrdinalIgnoreCase)
            ? new ValueTask<Form>(ReadUrlEncoded(body))
            : ReadPartsAsync(HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), body);
    }

    private static Form ReadUrlEncoded(ReadOnlySpan<byte> body)
    {
        byte[]? key = null, value = null;
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'&');
            var field = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (field.StartsWith("key="u8) && !TryDecode(field[4..], out key))
            {
                return new Form { Problem = "The field 'key' is not form-encoded." };
            }

            if (field.StartsWith("value="u8) && !TryDecode(field[6..], out value))
            {
                return new Form { Problem = "The field 'value' is not form-encoded." };
            }
        }

        return Of(key, value, ContentTypes.Text);
    }

    private static async ValueTask<Form> ReadPartsAsync(string boundary, byte[] body)
    {
        byte[]? key = null, value = null;
        string? contentType = null;
        try
        {
            using var stream = new MemoryStream(body);
            var reader = new MultipartReader(boundary, stream);
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                var name = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) ? HeaderUtilities.RemoveQuotes(disposition.Name) : default;
                if (name == "key")
                {
                    key = await ContentAsync(section);
                }
                else if (name == "value")
                {
                    value = await ContentAsync(section);
                    contentType = section.ContentType;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException)
        {
            return new Form { Problem = "The form's parts cannot be told apart: " + exception.Message };
        }

        return ContentTypes.TryTake(contentType, out _, out var problem)
            ? Of(key, value, contentType ?? ContentTypes.Text)
            : new Form { Problem = problem };
    }

    private static async Task<byte[]> ContentAsync(MultipartSection section)
    {
        using var content = new MemoryStream();
        await section.Body.CopyToAsync(content);
        return content.ToArray();
    }

    private static Form Of(byte[]? key, byte[]? value, string contentType) =>
        !Key.TryCreate(key, out var name) ? new Form { Problem = $"The form must have a field 'key' of 1 to {Key.BytesMax} bytes." }
        : value is null ? new Form { Problem = "The form must have a field 'value'." }
        : new Form(name, new Value(value, contentType), null);

    private static bool TryDecode(ReadOnlySpan<byte> field, out byte[]? bytes)
    {
        bytes = null;
        var decoded = new byte[field.Length];
        var length = 0;
        for (var i = 0; i < field.Length; i++)
        {
            int value = field[i];
            if (value == '%')
            {
                if (i + 2 >= field.Length || !PercentEncoding.TryHex((char)field[i + 1], (char)field[i + 2], out value))
                {
                    return false;
                }

                i += 2;
            }
            else if (value == '+')
            {
                value = ' ';
            }

            decoded[length++] = (byte)value;
        }

        bytes = decoded[..length];
        return true;
    }
}
