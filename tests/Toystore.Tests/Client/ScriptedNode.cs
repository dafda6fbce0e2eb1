using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Toystore.Tests.Client;

/// <summary>A web server that answers what a test wrote down, and remembers what it was asked.</summary>
internal sealed class ScriptedNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedNode(WebApplication app) => _app = app;

    public List<Request> Asked { get; } = [];

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public string HostAndPort => Address.Authority;

    public static async Task<ScriptedNode> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestLineSize = 64 * 1024);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var node = new ScriptedNode(builder.Build());
        node._app.Run(async context =>
        {
            var body = new MemoryStream();
            if (!context.Request.Headers.ContainsKey("Expect"))
            {
                await context.Request.Body.CopyToAsync(body);
            }

            context.Items["body"] = body.ToArray();
            lock (node.Asked)
            {
                var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
                node.Asked.Add(new Request(context.Request.Method, target, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
            }

            await answer(context);
        });
        await node._app.StartAsync(TestContext.Current.CancellationToken);
        node.Address = new Uri(node._app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        return node;
    }

    /// <summary>Answers everything with one status, headers and body.</summary>
    public static Task<ScriptedNode> StartAsync(int status, string body = "", params (string Name, string Value)[] headers) => StartAsync(context => WriteAsync(context, status, body, headers));

    /// <summary>Answers everything with an error as the server words it.</summary>
    public static Task<ScriptedNode> StartWithProblemAsync(int status, string name, string more = "", params (string Name, string Value)[] headers) =>
        StartAsync(status, $$"""{"type":"urn:toystore:problem:{{name}}","title":"T","status":{{status}},"detail":"Because."{{more}}}""", [("Content-Type", "application/problem+json"), .. headers]);

    public static async Task WriteAsync(HttpContext context, int status, string body, params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        if (status is not (204 or 304))
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(body);
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes);
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>What one request was.</summary>
    internal sealed record Request(string Method, string Target, Dictionary<string, string> Headers, byte[] Body);
}
