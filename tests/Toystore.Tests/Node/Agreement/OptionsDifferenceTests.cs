using Toystore.Node.Agreement;

namespace Toystore.Tests.Node.Agreement;

public sealed class OptionsDifferenceTests
{
    [Fact]
    public void Options_that_are_alike_differ_in_nothing() => Assert.Empty(Of(_ => { }));

    [Fact]
    public void Each_thing_that_differs_is_said() => Assert.Equal(
        [
            "N is 3 in the cluster and 2 in the options.",
            "The peer address of n1 is 127.0.0.1:7001 in the cluster and 127.0.0.1:9001 in the options.",
            "The HTTP address of n1 is not set in the cluster and 127.0.0.1:80 in the options.",
            "The weight of n2 is 1 in the cluster and 4 in the options.",
            "n3 is a member of the cluster and not in the options.",
            "The list of policies is not set in the cluster and a: lww in the options.",
        ],
        Of(options =>
        {
            (options.N, options.R, options.W) = (2, 2, 2);
            (options.Members[0].Peer, options.Members[0].Http) = ("127.0.0.1:9001", "127.0.0.1:80");
            options.Members[1].Weight = 4;
            options.Members.RemoveAt(2);
            options.Policies.Add(new Toystore.Node.PolicyOptions { Prefix = "a", Policy = "lww" });
        }));

    private static IReadOnlyList<string> Of(Action<Toystore.Node.ToystoreOptions> change)
    {
        var options = KeeperWorld.Options(3);
        change(options);
        return OptionsDifference.Of(KeeperWorld.Read(options).Topology, KeeperWorld.Read(KeeperWorld.Options(3)).Topology);
    }
}
