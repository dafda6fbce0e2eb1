using Toystore.Node.Peers;
using Toystore.Simulation.Chances;

namespace Toystore.Tests.Simulation.Network;

public sealed class DeterminismTests
{
    [Fact]
    public void The_same_seed_gives_the_same_trace_and_another_seed_another() =>
        Assert.Equal((Stormy(7), Stormy(7), true), (Stormy(7), Stormy(7), Stormy(7) != Stormy(8)));

    [Fact]
    public void Nothing_escapes_from_a_storm_and_every_call_ends()
    {
        for (var seed = 0UL; seed < 50; seed++)
        {
            Stormy(seed);
        }
    }

    // Three nodes ask one another while wires are cut, break and lose frames, and n3 is killed again and again.
    private static ulong Stormy(ulong seed)
    {
        var world = new PeerWorld(seed) { Options = options => options with { QueuedBytesMax = 4096, CallsMax = 20, ServedMax = 5, SilenceMax = TimeSpan.FromSeconds(2) } };
        var chance = new Chance(seed).Fork("storm");
        var answer = world.Handler;
        world.Handler = async (call, cancellationToken) =>
        {
            if (chance.Hits(0.3))
            {
                await world.Loop.PassAsync(TimeSpan.FromMilliseconds(chance.Next(300)));
            }

            return await answer(call, cancellationToken);
        };
        world.Loop.Run(async () =>
        {
            var peers = new[] { await world.StartAsync(1), await world.StartAsync(2), await world.StartAsync(3) };
            foreach (var wire in world.Network.Wires)
            {
                (wire.Loss, wire.Duplication, wire.Reordering, wire.Pieces, wire.SlowWrites, wire.Hiccups, wire.BytesInFlightMax) = (0.05, 0.1, 0.1, 0.3, 0.2, 0.02, 500);
            }

            var ended = 0;
            async Task CountAsync(Task<PeerReply> asked)
            {
                await asked;
                ended++;
            }

            for (var round = 0; round < 100; round++)
            {
                var asker = chance.Next(2);
                _ = CountAsync(peers[asker].AskAsync(1 + ((asker + 1 + chance.Next(2)) % 3), chance.Hits(0.1) ? PeerWorld.Store(FrameFormat.BulkBytesMin) : PeerWorld.Store(chance.Next(1, 2000)), TimeSpan.FromMilliseconds(200)));
                var victim = chance.Pick(world.Network.Wires);
                switch (chance.Next(8))
                {
                    case 0:
                        victim.IsCut = !victim.IsCut;
                        break;
                    case 1:
                        world.Network.Break(victim.From, victim.To);
                        break;
                    case 2:
                        (victim.Refuses, victim.Swallows) = (chance.Hits(0.2), chance.Hits(0.2));
                        break;
                    case 3 when chance.Hits(0.3):
                        peers[2].Transport.LosesPower = chance.Hits(0.5);
                        peers[2].Life.End();
                        await world.Loop.PassAsync(TimeSpan.FromMilliseconds(chance.Next(300)));
                        peers[2] = await world.StartAsync(3);
                        break;
                }

                await world.Loop.PassAsync(TimeSpan.FromMilliseconds(chance.Next(40)));
            }

            world.Network.Calm();
            await world.Loop.PassAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(100, ended);
            await peers[0].AskAsync(3, PeerWorld.Store(10)); // may find out that the n3 it is connected with is no more
            await world.Loop.PassAsync(TimeSpan.FromSeconds(1));
            Assert.IsType<PeerReply.Stored>(await peers[0].AskAsync(3, PeerWorld.Store(10)));
            Assert.IsType<PeerReply.Stored>(await peers[1].AskAsync(1, PeerWorld.Store(10)));
            foreach (var peer in peers)
            {
                await peer.StopAsync();
                Assert.DoesNotContain(peer.Log.Lines, line => line.Level > Microsoft.Extensions.Logging.LogLevel.Warning);
            }
        });
        return world.Trace.Hash;
    }
}
