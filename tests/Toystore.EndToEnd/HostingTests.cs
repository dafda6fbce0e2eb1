using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Toystore.EndToEnd.Processes;
using Toystore.Node;

namespace Toystore.EndToEnd;

/// <summary>Nodes inside other applications: <c>AddToystore</c> in generic hosts, over real sockets and disks.</summary>
public sealed class HostingTests : RealProcessTests
{
    [Fact]
    public async Task Three_hosts_in_one_process_are_a_cluster()
    {
        var ports = FreePorts.Take(3);
        var cluster = Guid.NewGuid().ToString();
        var hosts = Enumerable.Range(0, 3).Select(i => Host(options =>
        {
            options.ClusterId = cluster;
            options.NodeId = $"n{i + 1}";
            options.DataDirectory = Path.Combine(Root, options.NodeId);
            for (var member = 0; member < 3; member++)
            {
                options.Members.Add(new MemberOptions { Id = $"n{member + 1}", Peer = $"127.0.0.1:{ports[member]}" });
            }
        })).ToList();
        await Task.WhenAll(hosts.Select(host => host.StartAsync(Cancel)));
        var stores = hosts.ConvertAll(host => host.Services.GetRequiredService<IToystore>());

        var written = Assert.IsType<WriteOutcome.Done>(await stores[0].PutAsync("key", new Value("value"u8.ToArray(), "text/plain"), new WriteOptions { W = 3, Timeout = TimeSpan.FromSeconds(60) }, Cancel));
        Assert.Equal((3, WriteDurability.Fsync), (written.Copies, written.Durability));
        foreach (var store in stores)
        {
            var found = Assert.IsType<ReadOutcome.Found>(await store.GetAsync("key", new ReadOptions { R = 3, Timeout = TimeSpan.FromSeconds(60) }, Cancel));
            Assert.Equal(("value", "text/plain"), (Encoding.UTF8.GetString(found.Values.Single().Bytes.Span), found.Values[0].ContentType));
            Assert.Equal(["key"], Assert.IsType<ListOutcome.Page>(await store.ListAsync(cancellationToken: Cancel)).Keys.Select(key => key.ToString()));
        }

        Assert.IsType<WriteOutcome.Done>(await stores[1].DeleteAsync("key", cancellationToken: Cancel));
        Assert.IsType<ReadOutcome.NotFound>(await stores[2].GetAsync("key", cancellationToken: Cancel));
        Assert.True((await hosts[2].Services.GetRequiredService<IClusterView>().StatusAsync(Cancel)).Members.All(member => member.Reachable));
        Assert.Equal(new CopyCount(3, 3), hosts[2].Services.GetRequiredService<INodeHealth>().Copies);

        foreach (var host in hosts)
        {
            await host.StopAsync(Cancel);
            Assert.NotNull(host.Services.GetRequiredService<INodeHealth>().Problem);
            host.Dispose();
        }

        Assert.All(ports, port => Assert.True(FreePorts.IsFree(port)));
    }

    [Fact]
    public async Task Wrong_options_fail_at_the_start_and_name_every_problem()
    {
        using var host = Host(options =>
        {
            options.ClusterId = "mine";
            options.NodeId = "first";
            options.Members.Add(new MemberOptions { Id = "n1", Peer = "nowhere" });
            options.Policies.Add(new PolicyOptions { Prefix = "cache:", Policy = "newest" });
            options.ValueBytesMax = 0;
            options.Timeout = TimeSpan.Zero;
        });

        var problems = (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancel))).Failures.ToList();

        foreach (var problem in (string[])["ClusterId", "NodeId", "peer address of member n1", "policy of prefix \"cache:\"", "ValueBytesMax", "Timeout", "DataDirectory"])
        {
            Assert.Single(problems, found => found.Contains(problem, StringComparison.Ordinal));
        }
    }

    private static IHost Host(Action<ToystoreOptions> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Services.AddToystore(configure);
        return builder.Build();
    }
}
