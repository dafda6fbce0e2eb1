using Toystore.Simulation.Chances;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Faults;

/// <summary>Draws beforehand what will go wrong in a run, so that it can be shrunk and replayed.</summary>
internal static class FaultSchedule
{
    /// <summary>What a seed draws for a cluster of this shape, in order of time.</summary>
    public static IReadOnlyList<Fault> Draw(ulong seed, Shape shape)
    {
        var faults = new List<Fault>();
        if (shape.FaultKinds.Count == 0)
        {
            return faults;
        }

        var chance = Chance.For(seed, "faults");
        var hasLostDisk = false;
        for (var at = chance.Exponential(shape.FaultPause); at < shape.Duration; at += chance.Exponential(shape.FaultPause))
        {
            var kind = chance.Pick(shape.FaultKinds);
            var isLoss = kind is FaultKind.Wipe or FaultKind.RollBack or FaultKind.RollBackToCleanStop;
            if (isLoss && (hasLostDisk || at < shape.LossFrom))
            {
                continue;
            }

            hasLostDisk |= isLoss;
            var node = isLoss || kind == FaultKind.BitFlip ? shape.Victim : chance.Next(shape.Members);
            var other = kind is FaultKind.Partition or FaultKind.KillSome ? chance.Next(1, Math.Max(2, (1 << shape.Members) - 1)) : (node + 1 + chance.Next(Math.Max(1, shape.Members - 1))) % shape.Members;
            faults.Add(new Fault(faults.Count + 1, at, chance.Exponential(shape.FaultLasts), kind, node, other, chance.NextDouble()));
        }

        return shape.Members == 1 ? [.. faults.Where(fault => !fault.IsOfLink && fault.Kind is not (FaultKind.Isolate or FaultKind.Partition))] : faults;
    }
}
