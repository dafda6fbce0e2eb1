using CsCheck;
using Toystore.Core;

namespace Toystore.Tests.Core;

public sealed class IdentityTests
{
    [Fact]
    public void A_node_reads_back_from_what_it_is_written_as() => Gen.ULong[1, ulong.MaxValue].Sample(value =>
        NodeId.TryParse(new NodeId(value).ToString(), out var id) && id.Value == value);

    [Theory]
    [InlineData("n1", 1UL)]
    [InlineData("n3fa9", 0x3fa9UL)]
    [InlineData("nffffffffffffffff", ulong.MaxValue)]
    public void A_node_is_written_in_hexadecimal(string text, ulong value)
    {
        Assert.True(NodeId.TryParse(text, out var id));
        Assert.Equal(value, id.Value);
        Assert.Equal(text, id.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("n0")]
    [InlineData("n01")]
    [InlineData("nA")]
    [InlineData("N1")]
    [InlineData("1")]
    [InlineData("n 1")]
    [InlineData("n1 ")]
    [InlineData("n+1")]
    [InlineData("n0x1")]
    [InlineData("ng")]
    [InlineData("n10000000000000000")]
    public void Anything_else_is_no_node(string? text)
    {
        Assert.False(NodeId.TryParse(text, out var id));
        Assert.Equal(default, id);
    }

    [Fact]
    public void Nodes_are_ordered_by_number() => Assert.True(new NodeId(2).CompareTo(new NodeId(10)) < 0);

    [Fact]
    public void A_cluster_reads_back_from_what_it_is_written_as()
    {
        var cluster = new ClusterId(new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"));
        Assert.Equal("0f8fad5b-d9cb-469f-a165-70867728950e", cluster.ToString());
        Assert.True(ClusterId.TryParse(cluster.ToString(), out var read));
        Assert.Equal(cluster, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("production")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public void Neither_nothing_nor_the_empty_one_is_a_cluster(string? text)
    {
        Assert.False(ClusterId.TryParse(text, out var cluster));
        Assert.Equal(default, cluster);
    }
}
