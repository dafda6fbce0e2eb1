using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Healing;

/// <summary>Writes, reports, exchanges and restarts in any order: whatever is below a floor is with every owner.</summary>
public sealed class FloorRoundsWorldTests
{
    private static readonly Slot Slot = new(5);

    [Fact]
    public void Whatever_is_below_a_floor_is_with_every_owner()
    {
        var floors = 0;
        for (var seed = 1; seed <= 8; seed++)
        {
            floors += Run(new Random(seed), $"seed {seed}");
        }

        Assert.InRange(floors, 16, int.MaxValue);
    }

    // Returns how often a floor rose.
    private static int Run(Random random, string name)
    {
        var pack = new FloorPack(4);
        var owners = pack.OwnersOf(Slot);
        var held = owners.Select(_ => new HashSet<HybridTime>()).ToArray();
        var highest = new HybridTime[owners.Length];
        var exchanges = new List<(int One, int Other, ExchangeTerms First, ExchangeTerms Second, HashSet<HybridTime> Seen)>();
        var (clock, floors) = (0, 0);
        for (var step = 0; step < 400; step++)
        {
            clock += random.Next(10);
            foreach (var member in pack.Members)
            {
                member.Clock = FloorPack.At(clock + random.Next(5));
            }

            switch (random.Next(8))
            {
                case 0 or 1:
                    // Slow: it may be below marks by the time it arrives.
                    var write = FloorPack.At(clock - random.Next(25));
                    for (var owner = 0; owner < owners.Length; owner++)
                    {
                        if (random.Next(2) == 0 && write > pack[owners[owner]].Mark)
                        {
                            held[owner].Add(write);
                        }
                    }

                    break;
                case 2 or 3:
                    pack.Ask(random.Next(4));
                    break;
                case 4:
                    var one = random.Next(owners.Length);
                    var other = (one + 1 + random.Next(owners.Length - 1)) % owners.Length;
                    exchanges.Add((one, other, pack.Terms(owners[one], Slot), pack.Terms(owners[other], Slot), [.. held[one], .. held[other]]));
                    break;
                case 5 or 6 when exchanges.Count > 0:
                    var exchange = exchanges[random.Next(exchanges.Count)];
                    exchanges.Remove(exchange);
                    held[exchange.One].UnionWith(exchange.Seen);
                    held[exchange.Other].UnionWith(exchange.Seen);
                    pack.Finish(owners[exchange.One], owners[exchange.Other], exchange.First, exchange.Second, Slot);
                    break;
                case 7 when random.Next(10) == 0:
                    pack.Restart(random.Next(4));
                    break;
            }

            var all = held.SelectMany(each => each).ToHashSet();
            for (var owner = 0; owner < owners.Length; owner++)
            {
                var floor = pack[owners[owner]].Rounds.FloorOf(Slot);
                floors += floor > highest[owner] ? 1 : 0;
                highest[owner] = floor > highest[owner] ? floor : highest[owner];
                Assert.All(held, each => Assert.True(all.All(dot => dot > floor || each.Contains(dot)), $"{name}, step {step}: floor {floor}"));
            }
        }

        return floors;
    }
}
