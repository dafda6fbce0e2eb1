using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Membership;

namespace Toystore.Tests.Core.Membership;

/// <summary>Somebody who has no key has recorded everything, and plays it again.</summary>
public sealed class ReplayTests
{
    private const int Count = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_was_recorded_and_is_played_again_later_changes_nothing(int seed)
    {
        var world = new SwimWorld((ulong)seed, SwimOptions.Lan, isOpen: false);
        var recorded = new List<(int To, Endpoint From, byte[] Bytes, bool IsTable)>();
        world.Arrived = (to, from, bytes, isTable) => recorded.Add((to, from, bytes, isTable));
        world.Found(Count);
        Trouble(world);
        world.Loss = 0;
        world.Run(TimeSpan.FromMinutes(2));
        world.Arrived = null;
        Assert.Contains(recorded, each => each.IsTable);
        Assert.Equal(MemberState.Dead, Held(world, 0)[5].State);

        var before = Enumerable.Range(0, Count - 1).Select(member => Held(world, member)).ToList();
        var events = new List<SwimEvent>();
        world.Reported = (_, what) => events.Add(what);
        var chance = new Chance((ulong)seed);
        var effects = new SwimEffects();
        for (var i = 0; i < 20_000; i++)
        {
            // To whom it was sent, or to anybody else, and from anywhere.
            var (to, from, bytes, isTable) = recorded[chance.Next(recorded.Count)];
            var victim = world.Members[chance.Next(2) == 0 && to < Count - 1 ? to : chance.Next(Count - 1)];
            if (isTable)
            {
                _ = victim.Swim!.MergeTable(world.Now, from, bytes, effects);
            }
            else
            {
                victim.Swim!.Receive(world.Now, from, bytes, effects);
            }

            world.Carry(victim, effects);
            world.Run(TimeSpan.FromMilliseconds(chance.Next(20)));
        }

        world.Run(TimeSpan.FromMinutes(1));
        Assert.Equal(before, Enumerable.Range(0, Count - 1).Select(member => Held(world, member)));
        Assert.Empty(events);
    }

    // Losses, a pause that is suspected and refuted, a restart, and a crash for good.
    private static void Trouble(SwimWorld world)
    {
        world.Loss = 0.25;
        world.Run(TimeSpan.FromMinutes(1));
        world.Hold(world.Members[3], TimeSpan.FromSeconds(6));
        world.Run(TimeSpan.FromMinutes(1));
        var saved = world.Members[4].Swim!.Save();
        SwimWorld.Crash(world.Members[4]);
        world.Run(TimeSpan.FromMinutes(1));
        world.Start(world.Members[4], [0, 1], saved);
        world.Run(TimeSpan.FromMinutes(1));
        SwimWorld.Crash(world.Members[5]);
        world.Run(TimeSpan.FromMinutes(1));
    }

    private static List<(NodeId Node, MemberState State, Incarnation Incarnation, MemberFacts Facts)> Held(SwimWorld world, int member) =>
        [.. world.Members[member].Swim!.View.Members.Select(each => (each.Node, each.State, each.Incarnation, each.Facts))];
}
