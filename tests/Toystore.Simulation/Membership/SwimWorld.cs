using System.Buffers;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Simulation.Chances;

namespace Toystore.Simulation.Membership;

/// <summary>
/// Many members and nothing else: the state machines of Core with a network of packets between them, in virtual time, on one thread. Made for large numbers; whole nodes are in <see cref="Worlds.World"/>. The same seed runs the
/// same way.
/// </summary>
internal sealed class SwimWorld
{
    private static readonly ClusterId Cluster = new(new Guid(0x53574d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));

    private readonly PriorityQueue<Happening, (long At, long Order)> _queue = new();
    private readonly SwimEffects _effects = new();
    private readonly Chance _network;
    private readonly Chance _members;
    private readonly SwimOptions _options;
    private readonly PacketSeal _seal;
    private long _order;

    /// <param name="seed">Decides everything.</param>
    /// <param name="options">Of every member.</param>
    /// <param name="isOpen">True for packets in the clear: sealing has its own tests, and half of the time.</param>
    public SwimWorld(ulong seed, SwimOptions options, bool isOpen = true)
    {
        (_options, _network, _members) = (options, Chance.For(seed, "network"), Chance.For(seed, "members"));
        var nonces = Chance.For(seed, "nonces");
        var keys = KeyRing.Empty;
        if (!isOpen && ClusterKey.TryCreate(new byte[32], out var key))
        {
            _ = keys.Add(key!, out keys);
        }

        _seal = new PacketSeal(Cluster, keys, nonces.NextBytes);
    }

    /// <summary>Everyone that ever was; the position is the number of the member.</summary>
    public List<SwimMember> Members { get; } = [];

    /// <summary>Now.</summary>
    public Instant Now { get; private set; }

    /// <summary>How often a packet is lost: 0 to 1. Connections lose nothing.</summary>
    public double Loss { get; set; }

    /// <summary>The longest time that a packet takes; the shortest is a fifth of it.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>False: only packets get through, no connections.</summary>
    public bool HasConnections { get; set; } = true;

    /// <summary>Table exchanges that were begun.</summary>
    public long Exchanges { get; private set; }

    /// <summary>Hears of every packet and table that reaches a member that runs: its number, from where, what, and true for a table.</summary>
    public Action<int, Endpoint, byte[], bool>? Arrived { get; set; }

    /// <summary>Hears everything that members report, with the number of the member.</summary>
    public Action<int, SwimEvent>? Reported { get; set; }

    /// <summary>Where a member is reached.</summary>
    public static Endpoint EndpointOf(int member) => new("10.0.0.1", member + 1);

    /// <summary>The id of a member.</summary>
    public static NodeId IdOf(int member) => new((ulong)member + 1);

    /// <summary>Which member has an id.</summary>
    public static int NumberOf(NodeId id) => (int)id.Value - 1;

    /// <summary>Adds a member that does not run yet.</summary>
    public SwimMember Add()
    {
        var member = new SwimMember(Members.Count);
        Members.Add(member);
        return member;
    }

    /// <summary>Starts one, for the first time or again: a new process with the next boot number, and what its disk has.</summary>
    public void Start(SwimMember member, IReadOnlyList<int> seeds, byte[]? saved = null)
    {
        member.Boot++;
        member.IsUp = true;
        member.WakesAt = Instant.Never;
        var facts = new MemberFacts { Generation = (ulong)((member.Number << 8) + member.Boot), PeerEndpoint = EndpointOf(member.Number), Name = $"node-{member.Number}" };
        member.Swim = new Swim(IdOf(member.Number), Incarnation.OfBoot((uint)member.Boot), facts, _options, _seal, _members.Fork("member"));
        if (saved is not null)
        {
            Invariant.Require(member.Swim.Restore(saved), "what was saved can be restored");
        }

        member.Swim.Start(Now, [.. seeds.Select(EndpointOf)], _effects);
        Carry(member);
    }

    /// <summary>As many as wanted, who have known each other for long: nothing is left to be told once it has run for a little while.</summary>
    public void Found(int count)
    {
        var table = new Swim(new NodeId(ulong.MaxValue), Incarnation.OfBoot(1), new MemberFacts { Generation = 1, PeerEndpoint = new Endpoint("10.0.0.2", 1) }, _options, _seal, new Chance(1));
        var saved = Table(count, table);
        for (var i = 0; i < count; i++)
        {
            Start(Add(), [], saved);
        }

        foreach (var member in Members)
        {
            member.Swim!.SkipTargets(_members.Next(count));
        }
    }

    /// <summary>A process ends, and nothing is said.</summary>
    public static void Crash(SwimMember member)
    {
        member.IsUp = false;
        member.Swim = null;
        member.Waiting.Clear();
    }

    /// <summary>A member does not run for a while; what comes meanwhile waits, up to a bound.</summary>
    public void Pause(SwimMember member, TimeSpan span)
    {
        member.IsPaused = true;
        Enqueue(Now + span, new Happening(HappeningKind.Resume, member.Number, default, null, 0));
    }

    /// <summary>A member's packets wait for a while, what it sends and what it should read; its clock goes on (Lifeguard §V.B).</summary>
    public void Hold(SwimMember member, TimeSpan span)
    {
        member.IsHeld = true;
        Enqueue(Now + span, new Happening(HappeningKind.Resume, member.Number, default, null, 0));
    }

    /// <summary>Calls something later.</summary>
    public void At(Instant when, Action run) => Enqueue(when, new Happening(HappeningKind.Call, 0, default, null, 0) { Run = run });

    /// <summary>After calling a member from outside: does what it wants done.</summary>
    public void Carry(SwimMember member, SwimEffects effects)
    {
        foreach (var happened in effects.Events)
        {
            Reported?.Invoke(member.Number, happened);
        }

        foreach (ref readonly var effect in effects.All)
        {
            switch (effect.Kind)
            {
                case SwimEffectKind.SendPacket:
                    Send(member, effect.To.Port - 1, effects.Packet(effect).Span);
                    break;
                case SwimEffectKind.TcpPing:
                    Enqueue(Now + (Delay() * 3), new Happening(HappeningKind.Pinged, member.Number, effect.To, null, (int)effect.Number));
                    break;
                case SwimEffectKind.PushPull or SwimEffectKind.Compare:
                    Exchanges++;
                    var sent = effect.Kind == SwimEffectKind.PushPull ? member.Swim!.Table() : member.Swim!.TableDigest();
                    Launch(member, Delay() * 3, new Happening(HappeningKind.Exchange, effect.To.Port - 1, EndpointOf(member.Number), sent, 0));
                    break;
                default:
                    throw new InvariantException($"no such effect: {effect.Kind}");
            }
        }

        effects.Clear();
        Schedule(member);
    }

    /// <summary>Runs for a while.</summary>
    public void Run(TimeSpan span) => RunUntil(() => false, span);

    /// <summary>Runs until something is so, at most for a while. False if it was not so in time.</summary>
    public bool RunUntil(Func<bool> isSo, TimeSpan max)
    {
        var end = Now + max;
        var looksAt = Now;
        while (_queue.TryPeek(out var next, out var when) && when.At <= end.Ticks)
        {
            if (when.At > looksAt.Ticks)
            {
                if (isSo())
                {
                    return true;
                }

                looksAt = new Instant(when.At) + TimeSpan.FromMilliseconds(20);
            }

            _queue.Dequeue();
            Now = new Instant(when.At);
            Happen(next);
        }

        Now = end;
        return isSo();
    }

    private static byte[] Table(int count, Swim scribe)
    {
        var effects = new SwimEffects();
        scribe.Start(default, [], effects);
        for (var i = 0; i < count; i++)
        {
            var facts = new MemberFacts { Generation = (ulong)((i << 8) + 1), PeerEndpoint = EndpointOf(i), Name = $"node-{i}" };
            _ = scribe.MergeTable(default, default, new Swim(IdOf(i), Incarnation.OfBoot(1), facts, SwimOptions.Lan, scribe.Seal, new Chance(1)).Table(), effects);
            effects.Clear();
        }

        // The scribe is not of them.
        var end = scribe.View.Members.Length - 1;
        Invariant.Require(scribe.View.Members[end].Node == scribe.Self, "the scribe is the last");
        var saved = scribe.Save();
        return saved[..^scribe.OwnRowBytes];
    }

    private void Send(SwimMember from, int to, ReadOnlySpan<byte> packet)
    {
        from.Sent++;
        from.SentBytes += packet.Length;
        from.SentNow++;
        from.SentNowMax = Math.Max(from.SentNowMax, CountNow(from).SentNow);
        if (to >= Members.Count || _network.Hits(Loss))
        {
            return;
        }

        var copy = ArrayPool<byte>.Shared.Rent(packet.Length);
        packet.CopyTo(copy);
        Launch(from, Delay(), new Happening(HappeningKind.Packet, to, EndpointOf(from.Number), copy, packet.Length));
    }

    private void Launch(SwimMember from, TimeSpan delay, Happening sent)
    {
        if (from.IsHeld)
        {
            from.Outgoing.Add(sent);
        }
        else
        {
            Enqueue(Now + delay, sent);
        }
    }

    private void Happen(in Happening happening)
    {
        if (happening.Kind == HappeningKind.Call)
        {
            happening.Run!();
            return;
        }

        var member = Members[happening.Member];
        switch (happening.Kind)
        {
            case HappeningKind.Wake:
                if (member is { IsUp: true, IsPaused: false } && happening.Number == member.Boot && member.WakesAt <= Now)
                {
                    member.WakesAt = Instant.Never;
                    member.Swim!.Advance(Now, _effects);
                    Carry(member);
                }

                break;
            case HappeningKind.Resume:
                (member.IsPaused, member.IsHeld) = (false, false);
                foreach (var sent in member.Outgoing)
                {
                    Enqueue(Now + Delay(), sent);
                }

                member.Outgoing.Clear();
                foreach (var waiting in member.Waiting)
                {
                    Happen(waiting);
                }

                member.Waiting.Clear();
                if (member.IsUp)
                {
                    member.Swim!.Advance(Now, _effects);
                    Carry(member);
                }

                break;
            default:
                Arrive(member, happening);
                break;
        }
    }

    private void Arrive(SwimMember member, in Happening happening)
    {
        var isReachable = member.IsUp && (happening.Kind == HappeningKind.Pinged || Reaches(happening.From.Port - 1, member.Number));
        if (isReachable && (member.IsPaused || member.IsHeld))
        {
            if (member.Waiting.Count < SwimMember.WaitingMax)
            {
                member.Waiting.Add(happening);
            }

            return;
        }

        if (isReachable)
        {
            switch (happening.Kind)
            {
                case HappeningKind.Packet:
                    Arrived?.Invoke(member.Number, happening.From, [.. happening.Bytes.AsSpan(0, happening.Number)], false);
                    member.Received++;
                    member.Swim!.Receive(Now, happening.From, happening.Bytes.AsSpan(0, happening.Number), _effects);
                    break;
                case HappeningKind.Pinged:
                    if (HasConnections && Members[happening.From.Port - 1] is { IsUp: true, IsPaused: false, IsHeld: false } && Reaches(member.Number, happening.From.Port - 1))
                    {
                        member.Swim!.TcpPinged(Now, (uint)happening.Number, _effects);
                    }

                    break;
                case HappeningKind.Exchange when HasConnections:
                    Arrived?.Invoke(member.Number, happening.From, happening.Bytes!, true);
                    if (member.Swim!.MergeTable(Now, happening.From, happening.Bytes, _effects))
                    {
                        Enqueue(Now + Delay(), new Happening(HappeningKind.Answer, happening.From.Port - 1, EndpointOf(member.Number), member.Swim.TableAnswer(), 0));
                    }

                    break;
                case HappeningKind.Answer:
                    _ = member.Swim!.MergeTable(Now, happening.From, happening.Bytes, _effects, asked: happening.From);
                    break;
            }

            Carry(member);
        }

        if (happening.Kind == HappeningKind.Packet)
        {
            ArrayPool<byte>.Shared.Return(happening.Bytes!);
        }
    }

    private bool Reaches(int from, int to) => Members[from].Side == Members[to].Side;

    private TimeSpan Delay() => Latency * (0.2 + (0.8 * _network.NextDouble()));

    private void Carry(SwimMember member) => Carry(member, _effects);

    private SwimMember CountNow(SwimMember member)
    {
        var second = Now.Ticks / TimeSpan.TicksPerSecond;
        (member.SentNow, member.Second) = member.Second == second ? (member.SentNow, second) : (1, second);
        return member;
    }

    private void Schedule(SwimMember member)
    {
        var next = member.Swim!.NextDeadline;
        if (next < member.WakesAt)
        {
            member.WakesAt = next < Now ? Now : next;
            Enqueue(member.WakesAt, new Happening(HappeningKind.Wake, member.Number, default, null, member.Boot));
        }
    }

    private void Enqueue(Instant when, Happening happening) => _queue.Enqueue(happening, (when.Ticks, ++_order));
}
