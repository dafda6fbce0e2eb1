using System.Reflection;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Disks;
using Toystore.Simulation.Scheduling;
using Toystore.Storage;
using Toystore.Tests.Storage;

namespace Toystore.Tests.Simulation.Disks;

/// <summary>Every fact that holds for every store, run within a world: for one shard and for three, with everything that may complete at once doing so, and with nothing.</summary>
public sealed class SimulatedStoreConformanceTests
{
    public static TheoryData<string, int, bool> Facts()
    {
        var data = new TheoryData<string, int, bool>();
        foreach (var fact in typeof(StoreConformance).GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null))
        {
            foreach (var shards in new[] { 1, 3 })
            {
                data.Add(fact.Name, shards, true);
                data.Add(fact.Name, shards, false);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Facts))]
    public void What_holds_for_every_store_holds_for_the_simulated_one(string fact, int shards, bool atOnce)
    {
        var method = typeof(StoreConformance).GetMethod(fact)!;
        foreach (var row in Rows(method))
        {
            var loop = new EventLoop(new Chance(7), shuffles: true);
            loop.Run(
                async () =>
                {
                    await using var suite = new Suite(loop, shards, atOnce);
                    await (Task)method.Invoke(suite, row)!;
                });
        }
    }

    private static List<object?[]> Rows(MethodInfo method)
    {
        var rows = method.GetCustomAttributes<InlineDataAttribute>().Select(row => row.Data).ToList();
        return rows.Count > 0 ? rows : [[]];
    }

    private sealed class Suite(EventLoop loop, int shards, bool atOnce) : StoreConformance
    {
        private readonly SimulatedDisk _disk = new("n1", shards);

        protected override IStore OpenNew(string directory) => OpenOn(_disk);

        protected override IStore OpenCheckpoint(string directory)
        {
            var copy = new SimulatedDisk("copy", shards);
            copy.RollBackTo(_disk.Checkpoint(directory)!);
            return OpenOn(copy);
        }

        protected override Task Beside(Func<Task> caller) => caller();

        protected override void Occupy(string directory) => Assert.True(_disk.TryCheckpoint(directory));

        private SimulatedStore OpenOn(SimulatedDisk disk) =>
            new(disk, new Life(loop, "n1"), new Chance(8), new DiskConditions { ReadsFromMemory = atOnce ? 1 : 0, OsWritesAtOnce = atOnce ? 1 : 0 });
    }
}
