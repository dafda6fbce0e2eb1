using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>A document that is part of the program.</summary>
internal sealed class Page
{
    /// <summary>The interface for programs: OpenAPI 3.1.</summary>
    public static readonly Page OpenApi = new("openapi.json", "application/json");

    /// <summary>The interface for people who open the address in a browser.</summary>
    public static readonly Page Welcome = new("welcome.html", "text/html; charset=utf-8");

    private readonly string _contentType;

    private Page(string name, string contentType)
    {
        _contentType = contentType;
        using var stream = typeof(Page).Assembly.GetManifestResourceStream(name);
        Core.Invariant.Require(stream is not null, "the document is embedded in the assembly");
        Content = new byte[stream.Length];
        stream.ReadExactly(Content);
    }

    public byte[] Content { get; }

    public ValueTask Handle(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return Answer.Problem(context, Problem.MethodNotAllowed("GET, HEAD"));
        }

        context.Response.ContentType = _contentType;
        return Answer.Bytes(context, Content);
    }
}
