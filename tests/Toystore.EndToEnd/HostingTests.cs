using System.Diagnostics.Metrics;
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
            options.Membership.GossipTargets = 99;
        });

        var problems = (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancel))).Failures.ToList();

        foreach (var problem in (string[])["ClusterId", "NodeId", "peer address of member n1", "policy of prefix \"cache:\"", "ValueBytesMax", "Timeout", "DataDirectory", "Membership.GossipTargets is 99; it must be 1 to 16."])
        {
            Assert.Single(problems, found => found.Contains(problem, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_node_publishes_what_it_measures_under_its_name_as_long_as_it_runs()
    {
        var cluster = Guid.NewGuid().ToString();
        using var host = Host(options =>
        {
            options.ClusterId = cluster;
            options.NodeId = "n1";
            options.Store = StoreKind.Memory;
            options.Members.Add(new MemberOptions { Id = "n1", Peer = $"127.0.0.1:{FreePorts.Take(1)[0]}" });
        });
        var (members, ended) = (0, 0);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ToystoreNode.MeterName && instrument.Meter.Tags!.Contains(new("toystore.cluster.id", cluster)) && instrument.Meter.Tags!.Contains(new("toystore.node.id", "n1")))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
            MeasurementsCompleted = (_, _) => ended++,
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => members += instrument.Name == "toystore.membership.member.count" ? value : 0);
        listener.Start();
        await host.StartAsync(Cancel);
        await Patience.UntilAsync(
            "it counts itself",
            () =>
            {
                members = 0;
                listener.RecordObservableInstruments();
                return members == 1;
            },
            Cancel);
        Assert.Equal(0, ended);
        await host.StopAsync(Cancel);
        Assert.NotEqual(0, ended);
    }

    private static IHost Host(Action<ToystoreOptions> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Services.AddToystore(configure);
        return builder.Build();
    }
}
