using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class MoveHistoryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Whatever_has_happened_ends_settled_balanced_and_spread_over_zones(int seed)
    {
        var past = new RandomPast(seed);
        past.Run(documents: 30);
        var end = past.Finish();
        Member[] members = [.. end.Members];
        var copies = Math.Min(3, members.Length);
        Assert.True(end.IsSettled);
        Assert.All(members, member => Assert.Equal(MemberPhase.Present, member.Phase));
        Assert.Equal(members.Select(member => member.Id), end.Owners.Nodes.ToArray());
        Assert.All(Clusters.Slots(), slot => Assert.Equal(copies, end.OwnersOf(slot).Length));
        AllocatorTests.AssertSpread(members, end.Owners, copies);
        var loads = end.Owners.Loads();
        Assert.All(members.Zip(Allocator.Shares(members, 3)), pair => Assert.InRange(loads[pair.First.Id], 0, pair.Second + 1 + (pair.Second / 100)));
        output.WriteLine($"{past.Changes} changes, {members.Length} members in the end, document {end.Epoch.Number}: {past.Moved} copies moved, at least {past.LeastPossible}");
    }

    [Fact]
    public void Over_many_histories_little_more_moves_than_must()
    {
        var (moved, least) = (0, 0);
        for (var seed = 100; seed < 104; seed++)
        {
            var past = new RandomPast(seed);
            past.Run(documents: 30);
            past.Finish();
            (moved, least) = (moved + past.Moved, least + past.LeastPossible);
        }

        output.WriteLine($"{moved} copies moved, at least {least}: {moved / (double)least:F3}");
        Assert.InRange(moved / (double)least, 0.5, 1.1);
    }

    [Fact]
    public void Changes_one_after_another_move_little_more_than_they_must()
    {
        var random = new Random(3);
        var topology = Clusters.Topology(Clusters.Of(9, 4, weighted: true));
        var (moved, least) = (0, 0);
        for (var id = 10; id < 30; id++)
        {
            TopologyChange change = topology.Members.Length > 6 && random.Next(2) == 0
                ? new TopologyChange.Leave(topology.Members[random.Next(topology.Members.Length)].Id)
                : new TopologyChange.Join(Clusters.Member(id, "z" + random.Next(4), random.Next(1, 5)));
            if (topology.Change([change], ChangeConsent.CrowdedZones) is ChangeOutcome.Made(var next))
            {
                var plan = MovePlan.Of(topology, next);
                topology = next.Finish(new MoveLimits(3000, 9000), out var copies);
                Assert.Equal(plan.Moved, copies);
                (moved, least) = (moved + copies, least + plan.LeastPossible);
            }
        }

        output.WriteLine($"{moved} copies moved, at least {least}: {moved / (double)least:F3}");
        Assert.InRange(moved / (double)least, 0.9, 1.05);
    }
}
