using System.Reflection;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Node.Coordination;
using Toystore.Node.Healing;
using Toystore.Node.Hints;
using Toystore.Node.Identity;
using Toystore.Node.Membership;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Node.Timing;
using Toystore.Storage;

namespace Toystore.Node;

/// <summary>
/// One running node between its seams: everything that a node is, apart from what opens sockets and disks. Start it once, stop it once.
/// </summary>
internal sealed class NodeEngine : IAsyncDisposable
{
    /// <summary>Of this program.</summary>
    public static readonly string Version = typeof(NodeEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static readonly TimeSpan JoinTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan GreetTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(1);

    // Siblings travel together, and one frame between nodes has room for 128 MiB.
    private const long SiblingsBytesMax = 96L << 20;

    private readonly NodeSeams _seams;
    private readonly Replica _replica;
    private readonly Sweeper _sweeper;
    private readonly DiskLife _life;
    private readonly MetMembers _met;
    private readonly HintBook _book;
    private readonly HintDelivery _delivery;
    private readonly ExchangeLoop _exchanges;
    private readonly ExchangeRun _run;
    private readonly RecordMender _mender;
    private readonly Scrubber _scrubber;
    private readonly TimerWheel _wheel;
    private readonly NodeCounters _counters = new();
    private readonly NodeLimits _limits;
    private readonly PeerService _service;
    private volatile ClusterSnapshot _snapshot;
    private readonly Router _router;
    private readonly MembershipLoop? _membership;
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _started;
    private Task _loading = Task.CompletedTask;

    public NodeEngine(ToystoreSetup setup, ToystoreOptions options, NodeSeams seams)
    {
        _seams = seams;
        _started = seams.Time.GetTimestamp();
        _snapshot = new ClusterSnapshot(setup.Self, setup.Topology, setup.Ring);
        _limits = new NodeLimits(options.ValueBytesMax, options.RequestsMax, options.Timeout, options.Durability);
        _wheel = new TimerWheel(seams.Time);
        var random = new NodeRandom(seams.Random);
        var mint = new DotMint(setup.Self, seams.Time, random, options.ClockSkewMax, seams.Log);
        var siblings = new SiblingLimits(options.SiblingsWarn, options.SiblingsMax, Math.Min(4 * options.ValueBytesMax, SiblingsBytesMax));
        Marks = new Marks(seams.Store, mint, random, setup.Topology.Members.Length, seams.Healing.Margin, seams.Log);
        var untidy = new UntidySlots(IsLastWriteWins);
        Floors = new SlotFloors(seams.Store, mint, seams.Time, seams.Log);
        Known = new KnownSlots(seams.Store, setup.Ring, setup.Self, seams.Time, seams.Log);
        _life = new DiskLife(seams.Store, mint, random.Next(), seams.Boot, seams.Time, seams.Log);
        _met = new MetMembers(seams.Store, seams.Time);
        Introductions = new Introductions(Marks, Known, _life, _met, Floors, mint, setup.Topology.Members.Length, seams.Log);
        var replica = _replica = new Replica(seams.Store, mint, Floors, untidy, siblings, _counters, seams.Log) { Marks = Marks, Known = Known, Life = _life };
        Trees = new TreeKeeper(seams.Store, untidy, seams.Time, seams.Log);
        Trees.FoundDamaged += Known.FindDamaged;
        replica.FoundGarbled += key =>
        {
            if (Known.LoseRecord(key))
            {
                seams.Store.Trees.Suspect(Slot.Of(key)); // which still has it
                mint.Abandon(mint.Actor, "a record is lost, and with it what was proven with other owners");
            }
        };
        _sweeper = new Sweeper(seams.Store, replica, Floors, untidy, IsLastWriteWins, _counters, seams.Time, seams.Log);
        var links = seams.Network.Peers;
        _membership = seams.Gossip is not { } gossip
            ? null
            : new MembershipLoop(
                new MembershipSetup(setup.Self, setup.Topology, setup.Swim, setup.Keys, Version, options.ClockSkewMax) { FillNonce = seams.FillNonce, Meter = seams.Meter },
                seams.Store,
                links,
                gossip,
                seams.Time,
                new Random(seams.Random.Next()),
                seams.Log);
        var peers = Peers = _membership is null ? links : new SteeredPeers(links, _membership.VerdictOf);
        var limits = new HintLimits(options.HintBytesMax, options.HintAgeMax, options.HintBytesPerSecond);
        var book = _book = new HintBook(seams.Store, mint, siblings, limits, _counters, seams.Time, seams.Log) { Marks = Marks };
        var foreground = new Foreground(seams.Time);
        _delivery = new HintDelivery(book, replica, links, peers.Health, () => _snapshot, limits, foreground, _counters, random, seams.Time, seams.Log);
        HintRoom = new HintRoom(limits.BytesPerSecond, seams.Time, foreground);
        var parts = new CoordinationParts(peers, replica, book, new MissedShares(peers, book, _limits, seams.Time), _wheel, new Hedging(seams.Time), new PeerChoice(peers, new Laggards(book, seams.Time), random), seams.Store, _counters, _limits, seams.Time) { Foreground = foreground };
        var coordinator = new Coordinator(parts);
        _mender = new RecordMender(() => _snapshot, seams.Store, replica, links, new RecordHealing(parts), _limits.Timeout, seams.Time);
        Trees.FoundDamaged += (key, _) => _mender.AddScanned(key);
        _mender.Mended += Trees.TryAgain;
        _scrubber = new Scrubber(seams.Store, replica, _mender, book, foreground, new ScrubLimits(options.ScrubBytesPerSecond, options.ScrubPause), seams.Time, seams.Log);
        var local = new LocalKeys(seams.Store, replica, seams.Time);
        var reader = new SlotReader(seams.Store, replica);
        var rounds = new RoundsService(_snapshot, seams.Store, book, Floors, Marks, mint, _counters, reader, Known, Introductions);
        var pace = new HealingPace(seams.Time, foreground);
        var run = _run = new ExchangeRun(() => _snapshot, links, seams.Store, reader, rounds, pace, seams.Healing, random, seams.Time);
        var exchanges = new ExchangeBook(seams.Time, setup.Topology.Members.ToArray().Where(member => member.Id != setup.Self).Select(member => (member.Id, rounds.SharedWith(member.Id))).Where(other => other.Item2.Count > 0));
        var stillness = new Stillness(seams.Store, Floors, untidy, Known, mint);
        _exchanges = new ExchangeLoop(() => _snapshot, run, rounds, Marks, Introductions, Known, _life, stillness, book, exchanges, replica, peers.Health, _delivery.IsBringing, seams.Healing, random, seams.Time, seams.Log);
        Repairs = new RepairDesk(() => _snapshot, seams.Store, Floors, Known, exchanges, new BackgroundWork(pace, foreground, _mender, _scrubber), _counters, peers.Health, seams.Time);
        _service = new PeerService(() => _snapshot, replica, book, HintRoom, coordinator, local, seams.Store, _membership, Status, Marks, rounds, Repairs, pace, _counters);
        _router = new Router(() => _snapshot, parts, coordinator, new KeyLister(parts, local, coordinator));
        if (seams.Meter is { } meter)
        {
            HintMetrics.Publish(meter, book, _counters, seams.Time);
            HealingMetrics.Publish(meter, exchanges, _counters, Repairs);
            PeerMetrics.Publish(meter, peers, [.. setup.Topology.Members.ToArray().Select(member => member.Id).Where(id => id != setup.Self)]);
        }

        Keys = _membership is null ? null : new ClusterKeys(setup.Self, () => _snapshot.Topology, _membership.Keys);
        View = new ClusterView(() => _snapshot, peers, _membership, Status, Repairs, seams.Time);
    }

    /// <summary>The cluster, to applications.</summary>
    public IToystore Store => _router;

    /// <summary>The cluster, to operators.</summary>
    public ClusterView View { get; }

    /// <summary>The cluster's keys, to operators; null for a node that goes by its links alone.</summary>
    public ClusterKeys? Keys { get; }

    /// <summary>Requests of clients that have not ended.</summary>
    public int Underway => _router.Underway;

    /// <summary>Reads and writes of clients since the start.</summary>
    public long Requests => _counters.Reads + _counters.Writes;

    /// <summary>What is agreed.</summary>
    public ClusterSnapshot Snapshot => _snapshot;

    /// <summary>The other nodes, with what membership holds of them.</summary>
    public IPeers Peers { get; }

    /// <summary>The floors of this node's slots.</summary>
    public SlotFloors Floors { get; }

    /// <summary>This node's mark: what new writes it takes.</summary>
    public Marks Marks { get; }

    /// <summary>Which slots it knows.</summary>
    public KnownSlots Known { get; }

    /// <summary>What it and the others say to each other when one starts.</summary>
    public Introductions Introductions { get; }

    /// <summary>Keeps the trees of this node's slots.</summary>
    public TreeKeeper Trees { get; }

    /// <summary>What this node keeps for others.</summary>
    public HintBook Hints => _book;

    /// <summary>How its repairs go.</summary>
    public RepairDesk Repairs { get; }

    /// <summary>What others keep for this node, and when it takes it.</summary>
    public HintRoom HintRoom { get; }

    /// <summary>Who is there; null for a node that goes by its links alone.</summary>
    public MembershipLoop? Membership => _membership;

    /// <summary>Questions of healing that wait for another's answer.</summary>
    public int HealingCallsTo(NodeId other) => _run.CallsTo(other);

    /// <summary>How long its queues and tables are. Without those of its connections, which <see cref="IPeers.Health"/> tells of.</summary>
    public IEnumerable<QueueReading> Queues() => [.. _router.Queues(), .. _replica.Queues(), new("alarms", _wheel.Count, null)];

    /// <summary>
    /// Goes by a newer topology from now on, if it has the same members who own the same, and the same N, R and W: with that, nothing changes but what is read of it anew with each request. Anything else takes a new process.
    /// </summary>
    public void Follow(Topology topology)
    {
        var before = _snapshot;
        if (topology.Epoch == before.Epoch)
        {
            return;
        }

        if (before.Topology.Quorums != topology.Quorums || !Agreement.PlacementComparison.AreAlike(before.Topology, topology))
        {
            Agreement.Log.FollowsNot(_seams.Log, topology.Epoch, before.Epoch);
            return;
        }

        _snapshot = new ClusterSnapshot(before.Self, topology, new Ring(topology));
        _membership?.Follow(topology.Epoch);
    }

    /// <summary>Takes requests from now on.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var state = _seams.Store.State;
        if (state.Writable != StoreWrite.Done)
        {
            Log.StartsUnwritable(_seams.Log, state.Writable, state.Problem ?? "the store did not say why");
        }

        _loading = LoadAsync();
        await Alarm.EndsBeforeAsync(Floors.Loaded, Deadline.After(JoinTimeout, _seams.Time), _wheel);
        await _seams.Network.StartAsync(_service, cancellationToken);
        Trees.Start();
        _sweeper.Start();
        _mender.Start();
        _scrubber.Start(after: Trees.Built);
        _exchanges.Start();
        await Alarm.EndsBeforeAsync(_exchanges.Introduced, Deadline.After(GreetTimeout, _seams.Time), _wheel);
        _delivery.Start();
        await Alarm.EndsBeforeAsync(_delivery.Loaded, Deadline.After(JoinTimeout, _seams.Time), _wheel);
        if (_membership is not null)
        {
            await _membership.StartAsync(cancellationToken);

            // So that the members know each other when the last of them has started. Neither a disk nor a member that does not answer holds it up.
            await Alarm.EndsBeforeAsync(_membership.Joined, Deadline.After(JoinTimeout, _seams.Time), _wheel);
        }
    }

    /// <summary>Says goodbye, waits for the requests under way, and closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        var within = Deadline.After(FarewellTimeout, _seams.Time);
        var farewell = _membership?.LeaveAsync() ?? Task.CompletedTask;
        await _router.DrainAsync(TimeSpan.FromSeconds(5));
        if (_membership is not null)
        {
            await Alarm.EndsBeforeAsync(farewell, within, _wheel);
            await _membership.DisposeAsync();
        }

        _stopping.Cancel();
        await _loading;
        await _scrubber.DisposeAsync();
        await _mender.DisposeAsync();
        await _exchanges.DisposeAsync();
        await _sweeper.DisposeAsync();
        await Trees.DisposeAsync();
        await _delivery.DisposeAsync();
        await _seams.Network.DisposeAsync();
        await _life.CloseAsync();
        await _seams.Store.DisposeAsync();
        _wheel.Dispose();
        _stopping.Dispose();
    }

    // The floors last: nobody reads a key before they are there.
    private async Task LoadAsync()
    {
        var lost = await _life.LoadAsync(_stopping.Token);
        await Known.LoadAsync(_stopping.Token);
        await _met.LoadAsync(_stopping.Token);
        if (_seams.Loss is { } loss && await Known.LoseAllAsync(loss.Why))
        {
            loss.Noted();
        }

        if (lost is not null && await Known.LoseAllAsync(lost))
        {
            // Said only once what is lost is on the disk: or the next process would not notice.
            await _life.ForgetUnsyncedAsync();
        }

        await Floors.LoadAsync(_stopping.Token);
        if (Floors.Lost is { Count: > 0 } slots && !_stopping.IsCancellationRequested)
        {
            await Known.LoseAsync(slots, "their floors are lost");
        }
    }

    private bool IsLastWriteWins(Key key) => _snapshot.Topology.PolicyFor(key) == ConflictPolicy.LastWriteWins;

    private NodeStatus Status()
    {
        var state = _seams.Store.State;
        var process = _seams.Process();
        return new NodeStatus(
            Version,
            process.Id,
            _seams.Time.GetElapsedTime(_started).TotalSeconds,
            process.CpuSeconds,
            process.WorkingSetBytes,
            process.AllocatedBytes,
            _counters.Reads,
            _counters.Writes,
            _counters.Failures,
            _counters.ReadRepairs,
            _counters.Hedges,
            _counters.CorruptRecords,
            state.BytesUsed,
            state.BytesFree,
            _limits.Durability == WriteDurability.Fsync ? "fsync" : "os",
            state.Problem)
        {
            Membership = _membership?.Status(),
            Hints = !_book.IsLoaded ? null : [.. _book.Tallies().Select(tally => new HintStatus(tally.Target.ToString(), tally.Count, tally.Bytes, tally.AgeAt(UnixTime.From(_seams.Time.GetUtcNow())).TotalSeconds))],
            HintsDelivered = _counters.DeliveredHints,
            HintsDropped = _counters.DroppedHints,
            SlotsUnknown = Known.LackingCount,
        };
    }
}
