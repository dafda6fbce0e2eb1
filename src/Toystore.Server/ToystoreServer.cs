using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Toystore.Core.Placement;
using Toystore.Node;
using Toystore.Server.Http;

namespace Toystore.Server;

/// <summary>A node with its doors, as one application: what the executable runs.</summary>
public static class ToystoreServer
{
    /// <summary>
    /// An application that runs the node and serves HTTP at <paramref name="http"/>. Start it with <c>RunAsync</c>; the options are checked then.
    /// </summary>
    public static WebApplication Build(Action<ToystoreOptions> configure, Endpoint http, Action<ILoggingBuilder>? logging = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None);

        // As long as this one may log, the server makes an activity and a scope for every request.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging?.Invoke(builder.Logging);

        var options = new ToystoreOptions();
        configure(options);
        builder.Services.AddToystore(configure);
        builder.Services.AddSingleton(new HttpDoorOptions { ValueBytesMax = (int)Math.Clamp(options.ValueBytesMax, 1, 1 << 30) });

        // Requests wait for nothing on their thread, so they may run where their bytes were read.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => server.UseToystoreLimits());
        builder.WebHost.UseUrls($"http://{http}");
        var app = builder.Build();
        app.UseToystoreHttp();
        return app;
    }
}
