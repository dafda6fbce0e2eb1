using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Toystore.Server.Http;

/// <summary>
/// Reads the body of a request into one array of its own. The array is never pooled: after W owners have answered, the node may still be sending it to the others.
/// </summary>
internal static class RequestBody
{
    private const int FirstBufferBytes = 16 * 1024;

    /// <summary>True if the client says that its body is longer than allowed: then nothing of it needs to be read.</summary>
    public static bool IsTooLarge(HttpRequest request, long bytesMax) => request.ContentLength > bytesMax;

    /// <summary>The body; null if it turned out longer than allowed.</summary>
    /// <exception cref="BadHttpRequestException">The body ends early or is not chunked as it should be.</exception>
    public static ValueTask<byte[]?> ReadAsync(HttpContext context, int bytesMax)
    {
        switch (context.Request.ContentLength)
        {
            case 0:
                return new ValueTask<byte[]?>([]);
            case { } length:
                LiftLimit(context, length);
                return ReadExactlyAsync(context.Request.BodyReader, (int)length);
            case null:
                LiftLimit(context, long.MaxValue);
                return ReadToEndAsync(context.Request.BodyReader, bytesMax);
        }
    }

    // The server's own limit applies unless UseToystoreLimits took it away; the door has already judged the length, or counts as it reads.
    private static void LiftLimit(HttpContext context, long length)
    {
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is { IsReadOnly: false, MaxRequestBodySize: { } bytes } && length > bytes)
        {
            limit.MaxRequestBodySize = null;
        }
    }

    private static async ValueTask<byte[]?> ReadExactlyAsync(PipeReader reader, int length)
    {
        byte[]? body = null;
        var filled = 0;
        while (true)
        {
            var read = await reader.ReadAsync();
            var buffer = read.Buffer;
            body ??= GC.AllocateUninitializedArray<byte>(length); // not before something came: a length alone is cheap to send
            buffer.CopyTo(body.AsSpan(filled));
            filled += (int)buffer.Length;
            reader.AdvanceTo(buffer.End);
            if (filled == length)
            {
                return body;
            }

            if (read.IsCompleted)
            {
                throw new BadHttpRequestException("The body ended before its Content-Length.");
            }
        }
    }

    private static async ValueTask<byte[]?> ReadToEndAsync(PipeReader reader, int bytesMax)
    {
        var gathered = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        try
        {
            var filled = 0;
            while (true)
            {
                var read = await reader.ReadAsync();
                var buffer = read.Buffer;
                if (filled + buffer.Length > bytesMax)
                {
                    reader.AdvanceTo(buffer.Start, buffer.End);
                    return null;
                }

                var length = filled + (int)buffer.Length;
                if (length > gathered.Length)
                {
                    gathered = Grown(gathered, filled, length);
                }

                buffer.CopyTo(gathered.AsSpan(filled));
                filled = length;
                reader.AdvanceTo(buffer.End);
                if (read.IsCompleted)
                {
                    return gathered.AsSpan(0, filled).ToArray();
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(gathered);
        }
    }

    private static byte[] Grown(byte[] small, int filled, int length)
    {
        var large = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(length, 2L * small.Length)));
        small.AsSpan(0, filled).CopyTo(large);
        ArrayPool<byte>.Shared.Return(small);
        return large;
    }
}
