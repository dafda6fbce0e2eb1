using System.Net;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Peers;

namespace Toystore.Tests.Node.Peers;

public sealed class HelloTests
{
    private static readonly ClusterId Cluster = new(new Guid("11111111-2222-3333-4444-555555555555"));
    private static readonly PeerDirectory Directory = new(new Epoch(7, 3), 99, new Dictionary<NodeId, EndPoint>
    {
        [new NodeId(1)] = new IPEndPoint(IPAddress.Loopback, 1),
        [new NodeId(2)] = new IPEndPoint(IPAddress.Loopback, 2),
    });

    private static readonly Hello Mine = new(1, 2, Cluster, new NodeId(1), default, Directory.Epoch, Directory.Fingerprint, PeerLane.Data, 5);
    private static readonly Hello Theirs = Mine with { Node = new NodeId(2), Expected = new NodeId(1) };

    [Fact]
    public void Two_members_that_agree_may_talk() => Assert.Null(Hello.Problem(Mine, Theirs, Directory));

    [Theory] // mine is 1..2
    [InlineData(1, 1, 1)]
    [InlineData(2, 3, 2)]
    [InlineData(1, 9, 2)]
    public void Neighbouring_releases_speak_the_lower_newest_version(ushort min, ushort max, ushort spoken)
    {
        var theirs = Theirs with { VersionMin = min, VersionMax = max };
        Assert.Null(Hello.Problem(Mine, theirs, Directory));
        Assert.Equal(spoken, Hello.CommonVersion(Mine, theirs));
    }

    [Fact]
    public void Without_a_common_version_they_may_not() => Says(Theirs with { VersionMin = 3, VersionMax = 4 }, "versions 3 to 4");

    [Fact]
    public void A_node_of_another_cluster_may_not() => Says(Theirs with { Cluster = new ClusterId(new Guid(1, 0, 0, new byte[8])) }, "cluster 00000001-");

    [Fact]
    public void A_stranger_may_not() => Says(Theirs with { Node = new NodeId(3) }, "n3 is no member");

    [Fact]
    public void A_node_that_looks_for_another_may_not() => Says(Theirs with { Expected = new NodeId(4) }, "n2 expected n4 and found n1");

    [Fact]
    public void A_node_that_is_not_who_was_looked_for_may_not() =>
        Assert.Contains("correct the address of n7", Hello.Problem(Mine with { Expected = new NodeId(7) }, Theirs, Directory), StringComparison.Ordinal);

    [Fact]
    public void A_node_with_the_same_id_may_not() => Says(Theirs with { Node = new NodeId(1) }, "Two nodes call themselves n1");

    [Fact]
    public void Different_topologies_under_one_epoch_may_not() => Says(Theirs with { Fingerprint = 98 }, "different topologies under the same epoch 7.3");

    [Fact]
    public void Different_topologies_under_different_epochs_may() => Assert.Null(Hello.Problem(Mine, Theirs with { Fingerprint = 98, Epoch = new Epoch(7, 4) }, Directory));

    private static void Says(Hello theirs, string what) => Assert.Contains(what, Hello.Problem(Mine, theirs, Directory), StringComparison.Ordinal);
}
