using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Toystore.Server.Http;

/// <summary>Puts the HTTP door into an application.</summary>
public static class HttpDoorExtensions
{
    /// <summary>
    /// Serves Toystore over HTTP at the root of the application. Needs <see cref="IToystore"/> and <see cref="IClusterView"/> as services; takes <see cref="IClusterKeys"/>, <see cref="IClusterTopology"/>, <see cref="INodeHealth"/>, <see cref="INodeDrain"/>,
    /// <see cref="HttpDoorOptions"/> and <see cref="TimeProvider"/> if they are there. Put it last: <c>/v1</c> and <c>/health</c> are its own, and so is every other path that no endpoint has claimed
    /// (unless <see cref="HttpDoorOptions.OriginalRoutes"/> is off; then those go on to the next middleware).
    /// </summary>
    /// <exception cref="InvalidOperationException">A service that is needed is missing.</exception>
    public static IApplicationBuilder UseToystoreHttp(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var services = app.ApplicationServices;
        var options = services.GetService<HttpDoorOptions>() ?? new HttpDoorOptions();
        var door = new HttpDoor(
            services.GetRequiredService<IToystore>(),
            services.GetRequiredService<IClusterView>(),
            services.GetService<IClusterKeys>(),
            services.GetService<IClusterTopology>(),
            services.GetService<INodeHealth>(),
            services.GetService<INodeDrain>(),
            options,
            new BodyRoom(options.BodiesBytesMax),
            services.GetService<TimeProvider>() ?? TimeProvider.System,
            services.GetRequiredService<ILoggerFactory>().CreateLogger<HttpDoor>());
        return app.Use(next =>
        {
            var passage = new HttpPassage(door, next);
            return passage.InvokeAsync;
        });
    }

    /// <summary>
    /// Sets the server's own limits to what the door needs: a request line that holds the longest key percent-encoded, headers that hold a long context, no limit on bodies (the door has its own),
    /// and no <c>Server</c> header.
    /// </summary>
    public static KestrelServerOptions UseToystoreLimits(this KestrelServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        server.AddServerHeader = false;
        server.Limits.MaxRequestLineSize = 32 * 1024;
        server.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
        server.Limits.MaxRequestBodySize = null;
        return server;
    }
}
