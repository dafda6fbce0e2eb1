using System.Globalization;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Disks;
using Toystore.Simulation.Worlds;
using Toystore.Storage;

namespace Toystore.Simulation.Faults;

/// <summary>
/// Makes a schedule of faults come to pass. Wires and disks are as bad as all faults that last at the moment make them together; a machine is down as long as any fault keeps it down.
/// </summary>
internal sealed class FaultDriver
{
    private static readonly TimeSpan Refusing = TimeSpan.FromMilliseconds(5);

    private readonly World _world;
    private readonly Chance _chance;
    private readonly List<Fault> _active = [];
    private readonly List<Task> _underway = [];
    private bool _isOver;

    public FaultDriver(World world)
    {
        (_world, _chance) = (world, world.For("fault details"));
        Refresh();
    }

    /// <summary>How many faults have come to pass.</summary>
    public int Begun { get; private set; }

    /// <summary>Lets the faults of a schedule come when their time has come.</summary>
    public void Schedule(IReadOnlyList<Fault> faults)
    {
        foreach (var fault in faults)
        {
            _world.Loop.At(_world.Loop.Now + fault.At.Ticks, _world.Loop.World, () =>
            {
                if (!_isOver)
                {
                    _underway.Add(HappenAsync(fault));
                }
            });
        }
    }

    /// <summary>Ends all faults: everything works again, and every node runs.</summary>
    public async Task EndAsync()
    {
        _isOver = true;
        _active.Clear();
        Refresh();
        _world.Trace.Note("world", "everything is mended");
        await Task.WhenAll(_underway);
        await _world.StartAllAsync();
        foreach (var node in _world.Nodes)
        {
            await ReplaceFailedDiskAsync(node);
        }

        // Now that nobody writes or starts any more, nobody comes across it by chance. With W = 1 nobody could give it back.
        if (_world.Shape.FaultKinds.Contains(FaultKind.BitFlip) && Math.Min(_world.Shape.W, _world.Shape.Copies) > 1)
        {
            _world.Nodes[_world.Shape.Victim].Disk.DamageAny(StoreArea.Data, _chance.Hits(0.5) ? Damage.FlippedBit : Damage.UnreadableBlock, _chance);
        }
    }

    private async Task HappenAsync(Fault fault)
    {
        Begun++;
        _world.Trace.Note("fault", fault.ToString());
        var node = _world.Nodes[fault.Node];
        var parts = fault.IsOfLink || fault.Kind is FaultKind.Isolate or FaultKind.Partition or FaultKind.KilledAlone;
        if (parts)
        {
            _world.BeginTrouble();
        }

        switch (fault.Kind)
        {
            case FaultKind.Break:
                _world.Network.Break(node.Id, _world.Nodes[fault.Other].Id);
                break;
            case FaultKind.BitFlip:
                node.Disk.DamageAny(fault.Severity < 0.1 ? StoreArea.System : StoreArea.Data, fault.Severity < 0.5 ? Damage.FlippedBit : Damage.UnreadableBlock, _chance);
                break;
            case FaultKind.ClockJump:
                var jump = TimeSpan.FromSeconds(6 * ((2 * fault.Severity) - 1));
                Jump(node, jump);
                await LastAsync(fault);
                Jump(node, -jump);
                break;
            case FaultKind.Kill:
                node.Kill(powerLoss: false);
                await StayDownAsync(node, fault);
                break;
            case FaultKind.PowerLoss:
                node.Kill(powerLoss: true);
                await StayDownAsync(node, fault);
                break;
            case FaultKind.KilledAlone:
                await LastAsActiveAsync(fault, () => node.Kill(powerLoss: fault.Severity < 0.5));
                await StayDownAsync(node, fault);
                break;
            case FaultKind.LateRefusal:
                var full = fault with { Kind = FaultKind.DiskFull, Severity = 1 };
                await LastAsActiveAsync(fault, () => _active.Add(full));
                await _world.Loop.PassAsync(Refusing);
                _active.Remove(full);
                Refresh();
                break;
            case FaultKind.KillSome:
                var some = _world.Nodes.Where(each => ((fault.Other >> each.Index) & 1) != 0).ToList();
                some.ForEach(each => each.Kill(powerLoss: false));
                await Task.WhenAll(some.Select(each => StayDownAsync(each, fault)));
                break;
            case FaultKind.Stop:
                node.Hold();
                await node.StopAsync();
                await LastAsync(fault);
                node.Release();
                await node.StartAsync();
                break;
            case FaultKind.Wipe:
                node.Kill(powerLoss: true);
                node.Wipe();
                await StayDownAsync(node, fault);
                break;
            case FaultKind.RollBack:
                var earlier = node.Disk.Snapshot();
                await LastAsync(fault);
                node.Kill(powerLoss: false);
                node.RollBack(earlier);
                await node.StartAsync();
                break;
            case FaultKind.RollBackToCleanStop:
                node.Hold();
                await node.StopAsync();
                var stopped = node.Disk.Snapshot();
                node.Release();
                await node.StartAsync();
                await LastAsync(fault);
                node.Kill(powerLoss: false);
                node.RollBack(stopped);
                await node.StartAsync();
                break;
            default:
                await LastAsActiveAsync(fault, static () => { });
                await ReplaceFailedDiskAsync(node);
                break;
        }

        if (parts)
        {
            _world.EndTrouble();
        }

        _world.Trace.Note("fault", string.Create(CultureInfo.InvariantCulture, $"#{fault.Number} is over"));
    }

    // A store that met a write error takes no more writes from this process: an operator sees that the disk is sound again, and starts the node anew.
    private static async Task ReplaceFailedDiskAsync(SimulatedNode node)
    {
        if (node.HasFailedDisk)
        {
            node.Kill(powerLoss: false);
            await node.StartAsync();
        }
    }

    private void Jump(SimulatedNode node, TimeSpan ahead)
    {
        node.Clock.Ahead += ahead;
        _world.Oracles.ClockWasSet();
    }

    private async Task LastAsActiveAsync(Fault fault, Action end)
    {
        _active.Add(fault);
        Refresh();
        await LastAsync(fault);
        end();
        _active.Remove(fault);
        Refresh();
    }

    private async Task StayDownAsync(SimulatedNode node, Fault fault)
    {
        node.Hold();
        await LastAsync(fault);
        node.Release();
        await node.StartAsync();
    }

    // Until it has lasted long enough, or everything is mended.
    private async Task LastAsync(Fault fault)
    {
        var until = _world.Loop.Now + fault.Lasts.Ticks;
        while (!_isOver && _world.Loop.Now < until)
        {
            await _world.Loop.PassAsync(TimeSpan.FromTicks(Math.Min(until - _world.Loop.Now, TimeSpan.FromMilliseconds(50).Ticks)));
        }
    }

    private void Refresh()
    {
        foreach (var node in _world.Nodes)
        {
            RefreshDisk(node);
            foreach (var other in _world.Nodes.Where(other => other != node))
            {
                RefreshWire(node, other);
            }
        }
    }

    private void RefreshDisk(SimulatedNode node)
    {
        var shape = _world.Shape;
        var conditions = node.Conditions;
        var here = _active.Where(fault => fault.Node == node.Index && fault.IsOfDisk).ToList();
        var slowness = here.Where(fault => fault.Kind == FaultKind.DiskSlow).Select(fault => 5 + (200 * fault.Severity)).DefaultIfEmpty(1).Max();
        conditions.Sync = new Latency(shape.SyncDelay * slowness / 2, shape.SyncDelay * slowness / 2);
        conditions.Write = new Latency(TimeSpan.Zero, shape.SyncDelay * slowness / 20);
        conditions.Read = new Latency(TimeSpan.Zero, shape.SyncDelay * slowness / 2);
        conditions.OsWritesAtOnce = conditions.ReadsFromMemory = slowness > 1 ? 0.1 : 1 - shape.ColdReads;
        conditions.Room = here.Where(fault => fault.Kind == FaultKind.DiskFull).Select(fault => fault.Severity < 0.7 ? Room.Reserve : Room.None).DefaultIfEmpty(Room.Enough).Max();
        conditions.IsReadOnly = here.Any(fault => fault.Kind == FaultKind.DiskReadOnly);
        conditions.WriteErrors = here.Where(fault => fault.Kind == FaultKind.DiskWriteErrors).Select(fault => fault.Severity).DefaultIfEmpty(0).Max();
        conditions.ReadErrors = here.Where(fault => fault.Kind == FaultKind.DiskReadErrors).Select(fault => fault.Severity).DefaultIfEmpty(0).Max();
        if (conditions.ReadErrors > 0)
        {
            conditions.ReadsFromMemory = 0;
        }

        // A disk whose reads hang, writes hang, or both.
        var hangs = here.Where(fault => fault.Kind == FaultKind.DiskHang).ToList();
        conditions.ReadsHang = hangs.Any(fault => fault.Severity < 0.66);
        conditions.WritesHang = hangs.Any(fault => fault.Severity > 0.33) || _active.Exists(fault => fault.Kind == FaultKind.LateRefusal && fault.Node == node.Index);
    }

    private void RefreshWire(SimulatedNode from, SimulatedNode to)
    {
        var wire = _world.Network[from.Id, to.Id];
        var here = _active.Where(fault => Concerns(fault, from.Index, to.Index)).ToList();
        double Worst(FaultKind kind) => here.Where(fault => fault.Kind == kind).Select(fault => fault.Severity).DefaultIfEmpty(0).Max();
        var slowness = 1 + (50 * Worst(FaultKind.SlowLink));
        wire.DelayMin = _world.Shape.WireDelay * slowness / 2;
        wire.DelayMean = _world.Shape.WireDelay * slowness / 2;
        wire.Hiccups = 0.02;
        wire.Pieces = 0.05;
        wire.Loss = 0.5 * Worst(FaultKind.LossyLink);
        wire.Duplication = 0.5 * Worst(FaultKind.DuplicatingLink);
        wire.Reordering = 0.5 * Worst(FaultKind.ReorderingLink);
        wire.LateStores = here.Exists(fault => fault.Kind == FaultKind.LateRefusal) ? 0.9 : 0;
        wire.StragglerMean = _world.Shape.StragglerMean;
        var clog = Worst(FaultKind.Clog);
        wire.BytesInFlightMax = clog > 0 ? 256 + (int)(4096 * clog) : 256 * 1024;
        wire.BytesPerSecond = clog > 0 ? 4096 + (200_000 * clog) : double.PositiveInfinity;
        wire.SlowWrites = clog > 0 ? 0.5 : 0;
        var refusal = here.FirstOrDefault(fault => fault.Kind == FaultKind.Refuse);
        wire.Refuses = refusal is { Severity: < 0.5 };
        wire.Swallows = refusal is { Severity: >= 0.5 };
        wire.IsCut = here.Any(fault => fault.Kind is FaultKind.CutOneWay or FaultKind.Isolate or FaultKind.Partition or FaultKind.KilledAlone);
    }

    private static bool Concerns(Fault fault, int from, int to) => fault.Kind switch
    {
        FaultKind.CutOneWay or FaultKind.Refuse => fault.Node == from && fault.Other == to,
        FaultKind.Isolate or FaultKind.KilledAlone => fault.Node == from || fault.Node == to,
        FaultKind.LateRefusal => fault.Node == from,
        FaultKind.Partition => ((fault.Other >> from) & 1) != ((fault.Other >> to) & 1),
        _ => fault.IsOfLink && ((fault.Node == from && fault.Other == to) || (fault.Node == to && fault.Other == from)),
    };
}
