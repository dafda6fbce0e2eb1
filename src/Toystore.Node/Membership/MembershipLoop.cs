using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Membership;

/// <summary>
/// Carries out what <see cref="Swim"/> decides: packets by the gossip transport, the TCP ping and the exchange of tables as requests to peers, deadlines by one timer, the incarnation and the members on the disk. Everything
/// that happens is one turn under one lock; what a turn wants done beyond sending packets is done after it.
/// <para>
/// The static topology says who may be a member (<see cref="Swim.Admit"/>), and where: its addresses are the seeds. A connection of anybody else is refused at its handshake.
/// </para>
/// </summary>
internal sealed partial class MembershipLoop : IAsyncDisposable
{
    private static readonly TimeSpan ExchangeTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AheadOfLost = TimeSpan.FromHours(1);

    private readonly MembershipSetup _setup;
    private readonly MembershipRecords _records;
    private readonly IPeers _links;
    private readonly IGossipTransport _gossip;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly Dictionary<Endpoint, NodeId> _nodes;
    private readonly Dictionary<NodeId, Endpoint> _endpoints;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _farewell = new();
    private readonly long _origin;

    private readonly Lock _gate = new(); // guards all fields below
    private readonly SwimEffects _effects = new();
    private readonly List<Task> _underWay = [];
    private readonly Dictionary<NodeId, int> _calls = [];
    private Swim? _swim;
    private Epoch _topology;
    private ITimer? _timer;
    private Instant _armed = Instant.Never;
    private Instant _savesFrom = new(long.MinValue);
    private Incarnation _reserved;
    private long _published;
    private long _saved;
    private bool _isWriting;
    private bool _hasComplainedOfDisk;
    private bool _hasLeft;

    // True if something has come that no key opens. Read and set without the lock: one question more or less does not matter.
    private volatile bool _isInTheDark;

    // Read without the lock; replaced whole.
    private Dictionary<NodeId, Verdict> _verdicts = [];

    public MembershipLoop(MembershipSetup setup, IStore store, IPeers links, IGossipTransport gossip, TimeProvider time, Random random, ILogger logger)
    {
        (_setup, _links, _gossip, _time, _random, _logger) = (setup, links, gossip, time, random, logger);
        _topology = setup.Topology.Epoch;
        _origin = time.GetTimestamp();
        _records = new MembershipRecords(store, setup.Topology.Fingerprint, logger);
        Keys = new KeyKeeper(setup, _records, links, time, logger) { Changed = Use };
        _endpoints = setup.Topology.Members.ToArray().ToDictionary(member => member.Id, member => member.PeerEndpoint);
        _nodes = _endpoints.ToDictionary(each => each.Value, each => each.Key);
        _metrics = setup.Meter is { } meter ? new MembershipMetrics(meter, this) : null;
    }

    private enum Wish
    {
        /// <summary>Nothing but calls and events.</summary>
        None,

        /// <summary>Everybody there has been told that this node stops.</summary>
        Farewell,
    }

    /// <summary>The keys that seal the gossip.</summary>
    public KeyKeeper Keys { get; }

    /// <summary>Everyone as this node sees it; null before it has begun.</summary>
    public MembershipSnapshot? View
    {
        get
        {
            lock (_gate)
            {
                return _swim?.View;
            }
        }
    }

    /// <summary>The incarnation of this node, and true if the disk knows that it is used; null before it has begun.</summary>
    public (Incarnation Incarnation, bool IsReserved)? Own
    {
        get
        {
            lock (_gate)
            {
                return _swim is { } swim ? (swim.Incarnation, swim.Incarnation < _reserved) : null;
            }
        }
    }

    /// <summary>What is held of a node; null if nothing is known. Cheap: asked with every request.</summary>
    public Verdict? VerdictOf(NodeId node) => Volatile.Read(ref _verdicts).GetValueOrDefault(node);

    /// <summary>Requests of membership's own that wait for the answer of a node.</summary>
    public int CallsTo(NodeId node)
    {
        lock (_gate)
        {
            return _calls.GetValueOrDefault(node);
        }
    }

    /// <summary>Ends when the first seeds have answered, or cannot be reached: then those who run know this node.</summary>
    public Task Joined { get; private set; } = Task.CompletedTask;

    /// <summary>Takes the port of the gossip, and begins. Does not wait for the disk: a node serves requests while its membership waits for that.</summary>
    /// <exception cref="IOException">The port cannot be had.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await _gossip.StartAsync(Received, cancellationToken);
        lock (_gate)
        {
            _timer = _time.CreateTimer(static loop => ((MembershipLoop)loop!).Woken(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Joined = Detached.Start(() => GuardedAsync(BeginAsync()), _gossip.Home);
            _underWay.Add(Joined);
        }
    }

    /// <summary>Says goodbye. What this node is told meanwhile it still answers.</summary>
    /// <returns>Ends when everybody has been told; give up waiting after a while.</returns>
    public Task LeaveAsync()
    {
        Aftermath after;
        lock (_gate)
        {
            if (_swim is null || _stopping.IsCancellationRequested)
            {
                return Task.CompletedTask;
            }

            _hasLeft = true;
            _swim.Leave(Now);
            after = EndTurn();
        }

        Finish(after);
        return _farewell.Task;
    }

    /// <summary>Answers a peer that wants to exchange tables.</summary>
    public PeerReply Exchange(NodeId from, ReadOnlySpan<byte> table)
    {
        Aftermath after;
        PeerReply reply;
        lock (_gate)
        {
            if (_swim is null || _stopping.IsCancellationRequested || !_endpoints.TryGetValue(from, out var endpoint))
            {
                return new PeerReply.Failed($"{_setup.Self} is about to start, or to stop.");
            }

            reply = _swim.MergeTable(Now, endpoint, table, _effects)
                ? new PeerReply.Members(_swim.TableAnswer())
                : new PeerReply.Failed($"{_setup.Self} cannot read that table: another cluster key, or another release.");
            after = EndTurn();
        }

        Finish(after);
        _links.HeardFrom(from);
        return reply;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _gossip.DisposeAsync();
        Task[] underWay;
        byte[]? members;
        lock (_gate)
        {
            _timer?.Dispose();
            underWay = [.. _underWay];
            members = _swim?.Save();
        }

        await Task.WhenAll(underWay);
        if (members is not null)
        {
            await _records.WriteMembersAsync(members, CancellationToken.None);
        }
    }

    private Instant Now => new(_time.GetElapsedTime(_origin).Ticks);

    private async Task BeginAsync()
    {
        await Task.Yield();
        var stopping = _stopping.Token;
        var known = await _records.ReadMembersAsync(stopping);
        var (end, isLost) = await _records.ReadEndAsync(stopping);
        var first = IncarnationClock.First(_time.GetUtcNow(), end, isLost ? AheadOfLost : _setup.ClockSkewMax);
        await Keys.BeginAsync(stopping);
        var swim = new Swim(_setup.Self, first, _setup.FactsOf((ulong)_random.NextInt64(1, long.MaxValue)), _setup.Options, Keys.NewSeal(), _random);
        swim.Admit(Now, _endpoints.ContainsKey);
        if (!known.IsEmpty)
        {
            swim.Restore(known.Span);
        }

        await ReserveAsync(swim.Incarnation, stopping);
        Aftermath after;
        lock (_gate)
        {
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            // They may have been changed while the disk reserved.
            swim.Seal = Keys.NewSeal();
            swim.Topology = _topology;
            _swim = swim;
            _logger.Begun(_endpoints.Count - 1, swim.Incarnation, swim.View.Members.Length - 1);
            swim.Start(Now, [.. _endpoints.Where(each => each.Key != _setup.Self).Select(each => each.Value)], _effects);
            after = EndTurn();
        }

        var contacts = (after.Calls ?? []).ConvertAll(Begin);
        Finish(after with { Calls = null });
        await Task.WhenAll(contacts);
    }

    private void Use(PacketSeal seal)
    {
        lock (_gate)
        {
            _swim?.Seal = seal;
        }
    }

    private void Received(Endpoint from, ReadOnlySpan<byte> packet)
    {
        Aftermath after;
        lock (_gate)
        {
            _tally.PacketsReceived++;
            _tally.BytesReceived += packet.Length;
            if (_swim is null)
            {
                return;
            }

            _swim.Receive(Now, from, packet, _effects);
            after = EndTurn();
        }

        Finish(after);
    }

    private void Woken()
    {
        Aftermath after;
        lock (_gate)
        {
            if (_swim is null || _stopping.IsCancellationRequested)
            {
                return;
            }

            _armed = Instant.Never;
            if (_swim.NextDeadline <= Now)
            {
                _swim.Advance(Now, _effects);
            }

            after = EndTurn();
        }

        Finish(after);
    }

    // Sends what is to be sent, takes note of what is to be done after the turn, and sees to it that there will be a next one.
    private Aftermath EndTurn()
    {
        var swim = _swim!;
        List<SwimEffect>? calls = null;
        foreach (var effect in _effects.All)
        {
            if (effect.Kind == SwimEffectKind.SendPacket)
            {
                var packet = _effects.Packet(effect).Span;
                _tally.PacketsSent++;
                _tally.BytesSent += packet.Length;
                _gossip.Send(effect.To, packet);
            }
            else
            {
                (calls ??= []).Add(effect);
            }
        }

        SwimEvent[] events = _effects.Events.Count == 0 ? [] : [.. _effects.Events];
        _effects.Clear();
        if (swim.Version != _published)
        {
            _published = swim.Version;
            Volatile.Write(ref _verdicts, swim.View.Members.ToDictionary(member => member.Node, VerdictOn));
        }

        var (writes, next) = DueWrites(swim);
        Arm(Instant.Min(swim.NextDeadline, next));
        return new Aftermath(calls, events, writes, _hasLeft && swim.IsFarewellTold ? Wish.Farewell : Wish.None);
    }

    private Verdict VerdictOn(MemberView member) => new(
        member.State,
        member.Incarnation,
        member.By,
        _origin + (long)(member.Since.Ticks / (double)TimeSpan.TicksPerSecond * _time.TimestampFrequency),
        Verdict.ProblemOf(member.Node, member.State, member.By));

    // A timer that fires too early costs less than one that is set anew with every packet.
    private void Arm(Instant next)
    {
        if (next >= _armed)
        {
            return;
        }

        _armed = next;
        var wait = next - Now;
        _timer!.Change(wait <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private void Finish(in Aftermath after)
    {
        foreach (var what in after.Events)
        {
            Report(what);
        }

        foreach (var call in after.Calls ?? [])
        {
            _ = Begin(call);
        }

        if (after.Write is { } write)
        {
            Keep(Detached.Start(() => GuardedAsync(WriteAsync(write)), _gossip.Home));
        }

        if (after.Wish == Wish.Farewell)
        {
            _farewell.TrySetResult();
        }
    }

    private void Keep(Task task)
    {
        lock (_gate)
        {
            _underWay.RemoveAll(static each => each.IsCompleted);
            _underWay.Add(task);
        }
    }

    private async Task GuardedAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            _logger.Failed(e);
        }
    }

    /// <summary>What a turn leaves to be done without the lock.</summary>
    private readonly record struct Aftermath(List<SwimEffect>? Calls, SwimEvent[] Events, DueWrite? Write, Wish Wish);
}
