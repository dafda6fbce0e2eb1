using Toystore.Core.Membership;

namespace Toystore.Tests.Core.Membership;

/// <summary>Keys of a cluster, by number.</summary>
internal static class TestKeys
{
    public static ClusterKey Key(byte fill)
    {
        Assert.True(ClusterKey.TryCreate(Enumerable.Repeat(fill, 32).ToArray(), out var key));
        return key!;
    }

    public static KeyRing Ring(params ClusterKey[] keys)
    {
        var ring = KeyRing.Empty;
        foreach (var key in keys)
        {
            Assert.True(ring.Add(key, out ring));
        }

        return ring;
    }
}
