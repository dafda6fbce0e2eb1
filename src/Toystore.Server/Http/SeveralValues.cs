using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>
/// The concurrent values of a key as one body, of either form: before each value stands a little text, and some more at the end. So the length is known beforehand, and values of many megabytes
/// are written piece by piece, from where the store put them.
/// </summary>
internal sealed class SeveralValues
{
    // A whole number of base64 groups that fits one block of the connection's buffer or a few.
    private const int Base64PieceBytes = 24 * 1024;

    private readonly string _contentType;
    private readonly bool _asBase64;
    private readonly IReadOnlyList<Value> _values;
    private readonly byte[][] _before;
    private readonly byte[] _end;

    private SeveralValues(string contentType, bool asBase64, IReadOnlyList<Value> values, Func<Value, int, string> before, string end)
    {
        _contentType = contentType;
        _asBase64 = asBase64;
        _values = values;
        _before = [.. values.Select((value, index) => Encoding.UTF8.GetBytes(before(value, index)))];
        _end = Encoding.UTF8.GetBytes(end);
    }

    /// <summary>As <c>application/json</c>, the bytes in base64.</summary>
    public static SeveralValues InJson(ReadOutcome.Found found)
    {
        var opening = $"{{\"context\":{Json(found.Context.Text)},\"values\":[";
        return new SeveralValues("application/json", asBase64: true, found.Values, Before, "\"}]}");

        string Before(Value value, int index) =>
            $"{(index == 0 ? opening : "\"},")}{{\"contentType\":{Json(value.ContentType)},\"expiresAt\":{Json(value.ExpiresAt is { } moment ? ReadAnswer.Moment(moment) : null)},\"bytes\":\"";
    }

    /// <summary>As <c>multipart/mixed</c> (RFC 2046 §5.1.3), the bytes as they are.</summary>
    public static SeveralValues InParts(ReadOutcome.Found found)
    {
        var boundary = Boundary(found.Values);
        return new SeveralValues($"multipart/mixed; boundary={boundary}", asBase64: false, found.Values, Before, $"\r\n--{boundary}--\r\n");

        string Before(Value value, int index) => string.Create(
            CultureInfo.InvariantCulture,
            $"{(index == 0 ? "" : "\r\n")}--{boundary}\r\nContent-Type: {ContentTypes.Sendable(value.ContentType)}\r\nContent-Length: {value.Bytes.Length}\r\n{Expiry(value)}\r\n");

        static string Expiry(Value value) => value.ExpiresAt is { } moment ? $"{HeaderName.ExpiresAt}: {ReadAnswer.Moment(moment)}\r\n" : "";
    }

    public async ValueTask WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status300MultipleChoices;
        response.ContentType = _contentType;
        response.ContentLength = Length();
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        for (var i = 0; i < _values.Count; i++)
        {
            await Answer.Piece(context, _before[i]);
            if (_asBase64)
            {
                await WriteBase64Async(context, _values[i].Bytes);
            }
            else
            {
                await Answer.Piece(context, _values[i].Bytes);
            }
        }

        await Answer.Piece(context, _end);
    }

    private static async ValueTask WriteBase64Async(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        var writer = context.Response.BodyWriter;
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(Base64PieceBytes, bytes.Length);
            var status = Base64.EncodeToUtf8(bytes.Span[..length], writer.GetSpan(Base64.GetMaxEncodedToUtf8Length(length)), out _, out var written);
            Core.Invariant.Require(status == OperationStatus.Done, "base64 fits the span it asked for");
            writer.Advance(written);
            if ((await writer.FlushAsync()).IsCompleted)
            {
                return;
            }

            bytes = bytes[length..];
        }
    }

    // Nobody can have put into a value a boundary that is a hash of that value.
    private static string Boundary(IReadOnlyList<Value> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var value in values)
        {
            hash.AppendData(value.Bytes.Span);
        }

        return string.Concat("toystore-", Convert.ToHexStringLower(hash.GetHashAndReset()).AsSpan(0, 40));
    }

    private static string Json(string? text) => text is null ? "null" : JsonSerializer.Serialize(text, HttpJson.Default.String);

    private long Length()
    {
        long length = _end.Length;
        for (var i = 0; i < _values.Count; i++)
        {
            long bytes = _values[i].Bytes.Length;
            length += _before[i].Length + (_asBase64 ? (bytes + 2) / 3 * 4 : bytes);
        }

        return length;
    }
}
