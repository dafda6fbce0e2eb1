using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>Writes answers: always with their length, small ones in one write, large ones in pieces at the pace of the client. Nothing is copied but into the connection's own buffer.</summary>
internal static class Answer
{
    private const int PieceBytes = 64 * 1024;

    public static ValueTask Problem(HttpContext context, Problem problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = "application/problem+json";
        if (problem.RetryAfter is not null)
        {
            response.Headers.RetryAfter = problem.RetryAfter;
        }

        if (problem.Allow is not null)
        {
            response.Headers.Allow = problem.Allow;
        }

        if (problem.ClosesConnection)
        {
            response.Headers.Connection = "close";
        }

        return Bytes(context, problem.ToJson());
    }

    public static ValueTask Json<T>(HttpContext context, T document, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return Bytes(context, JsonSerializer.SerializeToUtf8Bytes(document, type));
    }

    public static ValueTask Text(HttpContext context, int status, ReadOnlyMemory<byte> utf8)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return Bytes(context, utf8);
    }

    /// <summary>The whole body, or only its length if the method is HEAD.</summary>
    public static ValueTask Bytes(HttpContext context, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentLength = body.Length;
        return body.IsEmpty || HttpMethods.IsHead(context.Request.Method) ? ValueTask.CompletedTask : Piece(context, body);
    }

    /// <summary>A part of a body whose length has been said.</summary>
    public static ValueTask Piece(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > PieceBytes)
        {
            return Pieces(context, bytes);
        }

        var written = context.Response.BodyWriter.WriteAsync(bytes);
        if (written.IsCompletedSuccessfully)
        {
            written.GetAwaiter().GetResult();
            return ValueTask.CompletedTask;
        }

        return new ValueTask(written.AsTask());
    }

    private static async ValueTask Pieces(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        var writer = context.Response.BodyWriter;
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(PieceBytes, bytes.Length);
            var flushed = await writer.WriteAsync(bytes[..length]);
            if (flushed.IsCompleted)
            {
                return;
            }

            bytes = bytes[length..];
        }
    }
}
