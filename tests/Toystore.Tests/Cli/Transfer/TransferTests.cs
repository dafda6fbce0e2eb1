using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Toystore.Cli;
using Toystore.Client;
using Toystore.Tests.Client;

namespace Toystore.Tests.Cli.Transfer;

public sealed class TransferTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("toystore-test-").FullName;
    private readonly ConcurrentDictionary<string, byte[]> _values = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_is_imported_is_exported_as_it_was()
    {
        await using var node = await StoreAsync();
        var from = Path.Combine(_directory, "from");
        Directory.CreateDirectory(Path.Combine(from, "a", "b"));
        await WriteAsync(Path.Combine(from, "empty"), []);
        await WriteAsync(Path.Combine(from, "a", "b", "100% ä"), [1, 2, 255]);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("import", from, "--prefix", "site/", "--node", node.HostAndPort));
        Assert.Equal(["site/a/b/100% ä", "site/empty"], _values.Keys.Order(StringComparer.Ordinal));
        var to = Path.Combine(_directory, "to");
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("export", to, "--prefix", "site/", "--node", node.HostAndPort));
        Assert.Equal([1, 2, 255], await File.ReadAllBytesAsync(Path.Combine(to, "a", "b", "100% ä"), Token));
        Assert.Empty(await File.ReadAllBytesAsync(Path.Combine(to, "empty"), Token));
        Assert.Equal(2, Directory.EnumerateFiles(to, "*", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public async Task A_key_that_would_lead_out_is_escaped_and_said_so()
    {
        _values["../x"] = [7];
        await using var node = await StoreAsync();
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("export", Path.Combine(_directory, "to"), "--node", node.HostAndPort));
        Assert.True(File.Exists(Path.Combine(_directory, "to", "%2E%2E", "x")));
        Assert.False(File.Exists(Path.Combine(_directory, "x")));
        Assert.Contains("../x: written as", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_on_the_way_is_not_followed_out()
    {
        _values["link/x"] = [7];
        await using var node = await StoreAsync();
        var outside = Directory.CreateDirectory(Path.Combine(_directory, "outside")).FullName;
        Directory.CreateDirectory(Path.Combine(_directory, "to"));
        Directory.CreateSymbolicLink(Path.Combine(_directory, "to", "link"), outside);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failed, await terminal.RunAsync("export", Path.Combine(_directory, "to"), "--node", node.HostAndPort));
        Assert.Empty(Directory.GetFiles(outside));
        Assert.Contains("is a link", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_both_file_and_directory_is_reported_and_the_rest_goes_on()
    {
        _values["a"] = [1];
        _values["a/b"] = [2];
        _values["c"] = [3];
        await using var node = await StoreAsync();
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failed, await terminal.RunAsync("export", Path.Combine(_directory, "to"), "--parallel", "1", "--node", node.HostAndPort));
        Assert.True(File.Exists(Path.Combine(_directory, "to", "c")));
        Assert.Contains("1 FAILED", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_is_tried_again_keeps_its_request_id()
    {
        var answers = new Queue<int>([429, 504, 204]);
        await using var node = await ScriptedNode.StartAsync(context => answers.Dequeue() is var status && status == 204
            ? ScriptedNode.WriteAsync(context, status, "", ("Toystore-Context", "c"))
            : ScriptedNode.WriteAsync(context, status, """{"type":"urn:toystore:problem:x"}""", ("Content-Type", "application/problem+json")));
        await WriteAsync(Path.Combine(_directory, "f"), [1]);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("import", _directory, "--node", node.HostAndPort));
        Assert.Equal(3, node.Asked.Count);
        Assert.Single(node.Asked.Select(request => request.Headers["Toystore-Request-Id"]).Distinct());
        Assert.Contains("2 tried again", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_is_named_file_by_file()
    {
        await using var node = await ScriptedNode.StartWithProblemAsync(413, "too-large");
        await WriteAsync(Path.Combine(_directory, "f1"), [1]);
        await WriteAsync(Path.Combine(_directory, "f2"), [1]);
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failed, await terminal.RunAsync("import", _directory, "--node", node.HostAndPort));
        Assert.Equal(["f1: Not done: Because.", "f2: Not done: Because."], terminal.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Links_are_not_imported()
    {
        await using var node = await StoreAsync();
        File.CreateSymbolicLink(Path.Combine(_directory, "passwd"), "/etc/passwd");
        var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Done, await terminal.RunAsync("import", _directory, "--node", node.HostAndPort));
        Assert.Empty(_values);
        Assert.Contains("1 links and special files skipped", terminal.Output, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task WriteAsync(string path, byte[] bytes) => File.WriteAllBytesAsync(path, bytes, Token);

    private Task<ScriptedNode> StoreAsync() => ScriptedNode.StartAsync(async context =>
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith("/v1/keys?", StringComparison.Ordinal))
        {
            var prefix = context.Request.Query["prefix"].ToString();
            var keys = _values.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
            await ScriptedNode.WriteAsync(context, 200, System.Text.Json.JsonSerializer.Serialize(new { keys, next = (string?)null }));
            return;
        }

        Assert.True(KeyPath.TryDecode(target["/v1/keys/".Length..], out var key));
        if (context.Request.Method == "PUT")
        {
            _values[key.ToString()] = Bodies(context);
            await ScriptedNode.WriteAsync(context, 204, "", ("Toystore-Context", "c"));
            return;
        }

        context.Response.Headers["Toystore-Context"] = "c";
        await context.Response.Body.WriteAsync(_values[key.ToString()], context.RequestAborted);
    });

    private static byte[] Bodies(HttpContext context) => context.Items["body"] as byte[] ?? [];
}
