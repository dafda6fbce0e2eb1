using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Toystore.Benchmarks;

/// <summary>
/// The yardstick: Kestrel as it comes, answering 100 bytes to whatever it is asked, in a process of its own. It answers <c>/v1/cluster/status</c> as a node does, so that the same load generator can ask it for its processor time.
/// </summary>
internal static class BareEndpoint
{
    public static async Task<int> RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var body = new byte[100];
        Array.Fill(body, (byte)'x');
        app.Run(context =>
        {
            if (context.Request.Path == "/v1/cluster/status")
            {
                return context.Response.WriteAsJsonAsync(Status(port));
            }

            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        await app.RunAsync();
        return 0;
    }

    private static ClusterStatus Status(int port)
    {
        var node = new NodeStatus("bare", Environment.ProcessId, 0, Environment.CpuUsage.TotalTime.TotalSeconds, Environment.WorkingSet, GC.GetTotalAllocatedBytes(), 0, 0, 0, 0, 0, 0, 0, 0, "os", null);
        return new ClusterStatus("bare", "0.0", "n1", true, "", 1, 1, 1, 1, [new MemberStatus("n1", "default", 1, "", $"127.0.0.1:{port}", null, 0, true, null, node)]);
    }
}
