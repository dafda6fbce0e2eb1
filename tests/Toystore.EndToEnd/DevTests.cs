using System.Text.Json;
using Toystore.EndToEnd.Processes;

namespace Toystore.EndToEnd;

/// <summary><c>toystore dev</c>: a cluster to play with.</summary>
public sealed class DevTests : RealProcessTests
{
    private readonly int _offset = FreePorts.TakeFirst(from door in (int[])[7100, 8100, 9100] from node in Enumerable.Range(1, 5) select door - 7100 + node) - 7100;

    private string Data => Path.Combine(Root, "data");

    [Fact]
    public async Task A_node_is_killed_and_started_again_and_Ctrl_C_ends_all()
    {
        var dev = await StartAsync();
        var members = Members();
        Assert.Equal(["n1", "n2", "n3", "n4", "n5"], members.Select(member => member.Id));
        Assert.All(members, member => Assert.True(IsRunning(member.Id)));
        (await ToystoreAsync("put", "key", "value", "--node", members[0].Http)).Expect(0);
        Assert.Equal("value", (await ToystoreAsync("get", "key", "--node", members[4].Http)).Expect(0).Output);
        Assert.Contains("All 5 nodes are up", (await ToystoreAsync("status", "--node", members[1].Http)).Expect(0).Output, StringComparison.Ordinal);

        Assert.Contains("n3", (await ToystoreAsync("dev", "kill", "n3", "--data", Data)).Expect(0).Output, StringComparison.Ordinal);
        await Patience.UntilAsync("n3 is gone", () => !IsRunning("n3"), Cancel);
        await Patience.UntilAsync("dev says so", () => dev.Text.Contains("is gone.", StringComparison.Ordinal), Cancel);
        Assert.Contains("1 of 5 nodes cannot be reached (n3)", (await ToystoreAsync("status", "--node", members[0].Http)).Expect(1).Output, StringComparison.Ordinal);
        Assert.Equal("value", (await ToystoreAsync("get", "key", "--node", members[3].Http)).Expect(0).Output);

        (await ToystoreAsync("dev", "start", "n3", "--data", Data)).Expect(0);
        Assert.Equal("value", (await ToystoreAsync("get", "key", "--node", members[2].Http)).Expect(0).Output);
        await Patience.UntilAsync("dev says so", () => dev.Text.Contains("n3 runs again", StringComparison.Ordinal), Cancel);
        var processes = members.Select(member => ProcessOf(member.Id)).ToList();

        dev.Interrupt();

        (await dev.EndAsync(Cancel)).Expect(0);
        Assert.All(processes, process => Assert.False(IsAlive(process)));
        Assert.All(members, member => Assert.Contains("has stopped cleanly", File.ReadAllText(Path.Combine(Data, member.Id, "log")), StringComparison.Ordinal));
        Assert.DoesNotContain("were killed", dev.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_end_soon_when_dev_itself_is_killed()
    {
        var dev = await StartAsync();
        var processes = Members().Select(member => ProcessOf(member.Id)).ToList();

        await dev.KillAsync();

        await Patience.UntilAsync("all nodes have ended", () => !processes.Exists(IsAlive), Cancel);
    }

    [Fact]
    public async Task The_same_cluster_is_there_again_the_next_time()
    {
        var first = await StartAsync();
        (await ToystoreAsync("put", "key", "value", "--node", Members()[0].Http)).Expect(0);
        first.Interrupt();
        (await first.EndAsync(Cancel)).Expect(0);

        await StartAsync();

        Assert.Equal("value", (await ToystoreAsync("get", "key", "--node", Members()[4].Http)).Expect(0).Output);
        (await ToystoreAsync("dev", "stop", "--data", Data)).Expect(0);
    }

    [Fact]
    public async Task A_second_cluster_in_the_way_is_named_and_nothing_is_started()
    {
        await StartAsync();

        var second = await ToystoreAsync("dev", "--data", Path.Combine(Root, "other"), "--port-offset", $"{_offset}");

        second.Expect(1);
        Assert.Contains("Nothing was started", second.Error, StringComparison.Ordinal);
        Assert.Contains($"{_offset + 8101}", second.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Root, "other", "n1")));
        var same = await ToystoreAsync("dev", "--data", Data);
        Assert.Contains("is running", same.Expect(1).Error, StringComparison.Ordinal);
    }

    private async Task<RunningProcess> StartAsync()
    {
        var dev = Keep(RunningProcess.Toystore("dev", "--data", Data, "--port-offset", $"{_offset}"));
        await Patience.UntilAsync("dev has started its nodes", () => dev.Text.Contains("Ctrl-C stops", StringComparison.Ordinal) || !dev.IsRunning, Cancel);
        Assert.True(dev.IsRunning, "dev has ended");
        return dev;
    }

    private List<(string Id, string Http)> Members() =>
        [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "cluster.json"))).RootElement.GetProperty("members").EnumerateArray()
            .Select(member => (member.GetProperty("id").GetString()!, member.GetProperty("http").GetString()!))];

    private int ProcessOf(string id) => int.Parse(File.ReadAllText(Path.Combine(Data, id, "pid")));

    private bool IsRunning(string id) => IsAlive(ProcessOf(id));

    /// <summary>True if the process is there and is one of this test's nodes, not what got its number later.</summary>
    private bool IsAlive(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Contains(Data, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
