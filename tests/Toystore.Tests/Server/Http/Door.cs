using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

/// <summary>A real server on loopback with the HTTP door in front of a scripted store.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private Door(WebApplication app, ScriptedToystore store, ScriptedCluster cluster)
    {
        (_app, Store, Cluster) = (app, store, cluster);
        Address = new Uri(app.Urls.Single());
    }

    public ScriptedToystore Store { get; }

    public ScriptedCluster Cluster { get; }

    public Uri Address { get; }

    public static async Task<Door> OpenAsync(HttpDoorOptions? options = null, bool limits = true, TimeProvider? time = null, Action<WebApplication>? more = null)
    {
        var store = new ScriptedToystore();
        var cluster = new ScriptedCluster();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(server =>
        {
            if (limits)
            {
                server.UseToystoreLimits();
            }
        });
        builder.Services.AddSingleton<IToystore>(store).AddSingleton<IClusterView>(cluster).AddSingleton<IClusterKeys>(cluster).AddSingleton<IClusterTopology>(cluster).AddSingleton<INodeHealth>(cluster).AddSingleton<INodeDrain>(cluster)
            .AddSingleton(options ?? new HttpDoorOptions()).AddSingleton(time ?? TimeProvider.System);
        var app = builder.Build();
        more?.Invoke(app);
        app.UseToystoreHttp();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Door(app, store, cluster);
    }

    public Task<Reply> Get(string target, params (string Name, string Value)[] headers) => Send("GET", target, null, headers);

    public Task<Reply> Put(string target, byte[] body, params (string Name, string Value)[] headers) => Send("PUT", target, new ByteArrayContent(body), headers);

    public Task<Reply> Put(string target, string body, params (string Name, string Value)[] headers) => Put(target, Encoding.UTF8.GetBytes(body), headers);

    public async Task<Reply> Send(string method, string target, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Uri(target)) { Content = body };
        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type")
            {
                request.Content!.Headers.TryAddWithoutValidation(name, value);
            }
            else
            {
                Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            }
        }

        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var content = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Reply((int)response.StatusCode, all, content);
    }

    /// <summary>Sends exactly these characters, reads one answer.</summary>
    public async Task<Reply> SendRaw(string request)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        var bytes = new byte[64 * 1024];
        var filled = 0;
        int end;
        while ((end = bytes.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            filled += await ReceiveAsync(socket, bytes.AsMemory(filled));
        }

        var lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(header => header[0], header => header[1], StringComparer.OrdinalIgnoreCase);
        var whole = end + 4 + int.Parse(headers.GetValueOrDefault("Content-Length", "0"));
        while (filled < whole)
        {
            filled += await ReceiveAsync(socket, bytes.AsMemory(filled));
        }

        return new Reply(int.Parse(lines[0].Split(' ')[1]), headers, bytes[(end + 4)..whole]);
    }

    /// <summary>A request of these lines without a body.</summary>
    public Task<Reply> SendTarget(string method, string target) => SendRaw($"{method} {target} HTTP/1.1\r\nHost: {Address.Authority}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Address.Port, TestContext.Current.CancellationToken);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private static async Task<int> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        Assert.True(received > 0, "the server answers before it closes");
        return received;
    }

    private Uri Uri(string target) =>
        new(Address.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}

/// <summary>An answer, read to its end.</summary>
internal sealed record Reply(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The last part of the problem's type; fails if the answer is not a problem.</summary>
    public string Problem
    {
        get
        {
            Assert.Equal("application/problem+json", Header("Content-Type"));
            Assert.Equal(Status, Json.GetProperty("status").GetInt32());
            Assert.NotEmpty(Json.GetProperty("title").GetString()!);
            Assert.NotEmpty(Json.GetProperty("detail").GetString()!);
            var type = Json.GetProperty("type").GetString()!;
            Assert.StartsWith("urn:toystore:problem:", type, StringComparison.Ordinal);
            return type["urn:toystore:problem:".Length..];
        }
    }
}
