using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Node;
using Toystore.Node.Healing;
using Toystore.Node.Peers;
using Toystore.Simulation.Chances;
using Toystore.Simulation.Disks;
using Toystore.Simulation.Network;
using Toystore.Simulation.Scheduling;

namespace Toystore.Simulation.Worlds;

/// <summary>One machine of a world: its disk and its clocks outlive the processes on it, one after another.</summary>
internal sealed class SimulatedNode(World world, int index, NodeId id, NodeClock clock, SimulatedDisk disk)
{
    private readonly NodeLog _log = new(id.ToString(), world.Trace, (node, level, text) => world.Oracles.Logged(node, level, text));
    private readonly Chance _power = world.For($"power {index}");
    private SimulatedTransport? _transport;
    private Func<bool>? _hasFailed;
    private Task? _stopping;
    private int _lives;
    private int _reasonsToBeDown;
    private int _boots;
    private bool _mustNotice;

    /// <summary>Its place among the members: 0 for n1.</summary>
    public int Index => index;

    public NodeId Id => id;

    public NodeClock Clock => clock;

    public SimulatedDisk Disk => disk;

    /// <summary>What its disk does to the process.</summary>
    public DiskConditions Conditions { get; } = new();

    /// <summary>The process; null if none runs.</summary>
    public Life? Life { get; private set; }

    /// <summary>The node in that process, once it has a topology; null if there is none.</summary>
    public NodeEngine? Engine => Running?.Engine;

    /// <summary>The node in that process; null if there is none.</summary>
    public ClusterNode? Running { get; private set; }

    /// <summary>The trees that its store keeps; null if there is none.</summary>
    public SlotTrees? Trees { get; private set; }

    /// <summary>True from when it takes requests until it is stopped or killed.</summary>
    public bool IsUp { get; private set; }

    /// <summary>True if its store has met a write error and trusts the disk no more.</summary>
    public bool HasFailedDisk => Life is not null && (_hasFailed?.Invoke() ?? false);

    /// <summary>True if its disk was wiped or rolled back.</summary>
    public bool HasLostDisk { get; private set; }

    /// <summary>True if its process runs on a disk that is an older copy, others remember more of it, and it has not found out. Only of the first process on such a disk.</summary>
    public bool HasMissedRollBack => _mustNotice && Engine is { Introductions.HasFoundOlderDisk: false };

    /// <summary>Starts a process, unless one runs or a fault still keeps the machine down. Ends when it takes requests, or has died before.</summary>
    public async Task StartAsync()
    {
        if (Life is not null || _reasonsToBeDown > 0)
        {
            return;
        }

        var life = Life = new Life(world.Loop, id.ToString());
        clock.Life = life;
        world.Trace.Note(life.Name, "starts");
        var chance = world.For($"node {index} life {++_lives}");
        IsUp = await life.RunAsync(async () =>
        {
            var store = new SimulatedStore(disk, life, chance.Fork("disk"), Conditions);
            _hasFailed = () => store.HasFailed;
            Trees = store.Trees;
            var transport = _transport = world.Network.Join(id, life);
            var setup = world.Setup with { Self = id };
            var network = new PeerNetwork(world.PeerOptions with { Self = id }, setup.Topology, listen: null, transport, clock, chance.Fork("peers"), new NodeLogs(_log));
            var running = Running = new ClusterNode(setup, world.Options, new NodeSeams(store, network, clock, chance.Fork("engine"), _log)
            {
                Gossip = new SimulatedGossip(world.Network, id, setup.Topology.Members[index].PeerEndpoint, life),
                FillNonce = chance.Fork("nonces").NextBytes,
                Healing = world.Shape.Healing,
                Boot = new Guid(_boots, (short)index, 0, new byte[8]),
                Process = () => new ProcessFigures(index + 1, 0, 0, 0),
            });
            await running.StartAsync(CancellationToken.None);
            await running.Up;
            return true;
        }, whenGone: false) && Life == life;
        if (IsUp)
        {
            world.Trace.Note(life.Name, "is up");
            world.BeginTrouble();
            world.EndTrouble();
        }
    }

    /// <summary>Stops the process cleanly, if one runs. Ends when it is gone.</summary>
    public Task StopAsync()
    {
        if (Life is not { } life || _stopping is not null)
        {
            return _stopping ?? Task.CompletedTask;
        }

        if (Running is { } running && IsUp)
        {
            return _stopping = StopAsync(life, running);
        }

        // It was still about to start.
        Kill(powerLoss: false);
        return Task.CompletedTask;
    }


    /// <summary>The process is gone from one moment to the next. <paramref name="powerLoss"/>: so is what the disk had not been made to write.</summary>
    public void Kill(bool powerLoss)
    {
        if (Life is not { } life)
        {
            return;
        }

        world.Trace.Note(life.Name, powerLoss ? "loses power" : "is killed");
        if (_transport is { } transport)
        {
            transport.LosesPower = powerLoss;
        }

        EndLife(life);
        if (powerLoss)
        {
            _boots++;
            disk.LosePower(_power);
        }
    }

    /// <summary>Nothing starts here until <see cref="Release"/> was called as often.</summary>
    public void Hold() => _reasonsToBeDown++;

    /// <summary>One reason less to be down.</summary>
    public void Release() => _reasonsToBeDown--;

    /// <summary>The disk is replaced by an empty one. Kill the process first.</summary>
    public void Wipe()
    {
        world.Trace.Note(id.ToString(), "its disk is wiped");
        HasLostDisk = true;
        disk.Wipe();
    }

    /// <summary>The disk is as it was. Kill the process first.</summary>
    public void RollBack(DiskSnapshot snapshot)
    {
        world.Trace.Note(id.ToString(), "its disk is rolled back");
        HasLostDisk = true;
        disk.RollBackTo(snapshot);
        var tide = DiskLife.TideOf(disk.Visible(DiskLife.Place));
        _mustNotice = world.Nodes.Exists(other => other != this && MetMembers.TideOf(id, other.Disk.Visible(MetMembers.Place)) > tide);
    }

    private async Task StopAsync(Life life, ClusterNode running)
    {
        IsUp = false;
        world.Trace.Note(life.Name, "stops");
        await life.RunAsync(async () =>
        {
            await running.DisposeAsync();
            return true;
        }, whenGone: true);
        if (Life == life)
        {
            world.Trace.Note(life.Name, "has stopped");
            EndLife(life);
        }
    }

    private void EndLife(Life life)
    {
        world.BeginTrouble();
        world.EndTrouble();
        _stopping = null;
        _mustNotice = false;
        IsUp = false;
        Life = null;
        Running = null;
        Trees = null;
        life.End();
        _transport = null;
        _hasFailed = null;
    }
}
