using Toystore.Tests.Node.Worlds;

namespace Toystore.Tests.Node.Identity;

/// <summary>Nodes that are started from an older copy of their directory: they cannot tell, and what they have written since must not be erased by what they write next.</summary>
public sealed class OlderDirectoryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_node_started_from_a_copy_of_its_directory_erases_nothing_that_it_wrote_since(bool wasStopped) => TestCluster.Run(async cluster =>
    {
        await cluster.PutAsync(0, "k", "before", w: 3);
        if (wasStopped)
        {
            await cluster.StopAsync(0);
        }

        var copy = await cluster.Nodes[0].Store.CopyAsync();
        if (wasStopped)
        {
            await cluster.StartAsync(0);
        }

        await cluster.PutAsync(0, "k", "since", w: 3);
        await cluster.StopAsync(0);
        await cluster.StartWithAsync(0, copy);
        await cluster.PutAsync(0, "k", "after", w: 3);
        Assert.Equal("after,before,since", await cluster.ReadAsync(1, "k", r: 2));
    });
}
