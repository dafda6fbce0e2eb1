using System.Net;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>
/// Who is on the node's own machine: a connection from its own address that nobody has passed on. A browser there may speak for some page of the network, and does not count: it says so itself.
/// </summary>
internal static class FromHere
{
    private static readonly string[] Passed = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"];
    private static readonly string[] OfBrowsers = ["Origin", "Sec-Fetch-Site"];

    /// <summary>True if the request was made on the node's own machine.</summary>
    public static bool Is(HttpContext context)
    {
        var (from, to) = (context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress);
        var headers = context.Request.Headers;
        return from is not null
            && (IPAddress.IsLoopback(from) || from.Equals(to))
            && !Array.Exists(Passed, headers.ContainsKey)
            && !Array.Exists(OfBrowsers, headers.ContainsKey);
    }
}
