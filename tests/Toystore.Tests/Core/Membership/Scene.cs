using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Simulation.Chances;

namespace Toystore.Tests.Core.Membership;

/// <summary>
/// One member, n1, and a test that plays all the others: n2, n3 ... at boot 1, who are known and of whom nothing is left to be told. What n1 sends is read and kept. Periods begin at whole seconds.
/// </summary>
internal sealed class Scene
{
    public static readonly ClusterId Cluster = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    public static readonly SwimOptions Lan = SwimOptions.Lan with { Staggers = false };

    private readonly SwimEffects _effects = new();

    public Scene(int members = 5, SwimOptions? options = null, int boot = 1, IReadOnlyList<Endpoint>? seeds = null, PacketSeal? seal = null)
    {
        Seal = seal ?? new PacketSeal(Cluster, KeyRing.Empty, static _ => { });
        Swim = new Swim(Id(1), Incarnation.OfBoot((uint)boot), Say.Facts(1), options ?? Lan, Seal, new Chance(7));
        if (members > 1)
        {
            Assert.True(Swim.Restore([2, .. Say.Body(2, 1UL << 32, [.. Enumerable.Range(2, members - 1).Select(i => Say.Row(i))])]));
        }

        Swim.Start(Now, seeds ?? [], _effects);
        Take();
        if (members > 1)
        {
            Answer(2);
            Events.Clear();
            Advance(Seconds(0.9));
            Forget();
        }
    }

    public Swim Swim { get; }

    public PacketSeal Seal { get; }

    public Instant Now { get; private set; }

    /// <summary>All that was sent, in order.</summary>
    public List<Sent> Sent { get; } = [];

    public List<SwimEffect> TcpPings { get; } = [];

    public List<SwimEffect> PushPulls { get; } = [];

    public List<SwimEvent> Events { get; } = [];

    /// <summary>True if all that are pinged answer at once, under their first incarnation.</summary>
    public bool AnswersPings { get; init; }

    public static NodeId Id(int node) => new((ulong)node);

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public MemberView? View(int node) => Swim.View.Members.FirstOrDefault(member => member.Node == Id(node));

    public MemberState? State(int node) => View(node)?.State;

    /// <summary>Forgets what was done so far.</summary>
    public void Forget()
    {
        Sent.Clear();
        TcpPings.Clear();
        PushPulls.Clear();
        Events.Clear();
    }

    /// <summary>Lets time pass, and answers nothing.</summary>
    public void Advance(TimeSpan span)
    {
        var end = Now + span;
        while (Swim.NextDeadline <= end)
        {
            Now = Swim.NextDeadline > Now ? Swim.NextDeadline : Now;
            Swim.Advance(Now, _effects);
            var sent = Sent.Count;
            Take();
            foreach (var ping in AnswersPings ? Sent.Skip(sent).Where(packet => packet.Has(SwimMessageKind.Ping)).ToList() : [])
            {
                Receive(ping.ToNode, Say.Ack(ping.Lines.Find(line => line.Kind == SwimMessageKind.Ping)!.Sequence));
            }
        }

        Now = end;
    }

    /// <summary>Lets time pass until the next period begins, and a little.</summary>
    public void NextPeriod() => Advance(new TimeSpan(TimeSpan.TicksPerSecond - (Now.Ticks % TimeSpan.TicksPerSecond)));

    /// <summary>Time passes in which it does not run.</summary>
    public void Sleep(TimeSpan span) => Now += span;

    /// <summary>A packet from a member at boot 1.</summary>
    public void Receive(int from, params byte[][] messages) => ReceiveAs(from, 1UL << 32, messages);

    public void ReceiveAs(int from, ulong incarnation, params byte[][] messages) => Receive(Seal.Seal(Say.Body(from, incarnation, messages)), Say.At(from));

    public void Receive(byte[] packet, Endpoint from)
    {
        Swim.Receive(Now, from, packet, _effects);
        Take();
    }

    /// <summary>A table comes from who was asked.</summary>
    public bool Answer(int from, params byte[][] rows) => Merge(Seal.Seal(Say.Body(from, 1UL << 32, [.. rows, Say.Row(from)])), from, Say.At(from));

    /// <summary>A table comes from who asks.</summary>
    public bool Asked(int from, params byte[][] rows) => Merge(Seal.Seal(Say.Body(from, 1UL << 32, [.. rows, Say.Row(from)])), from, null);

    public bool Merge(byte[] table, int from, Endpoint? asked)
    {
        var isRead = Swim.MergeTable(Now, Say.At(from), table, _effects, asked);
        Take();
        return isRead;
    }

    public void TcpPinged(uint number)
    {
        Swim.TcpPinged(Now, number, _effects);
        Take();
    }

    public void Return()
    {
        Swim.Return(Now, _effects);
        Take();
    }

    /// <summary>The ping that was sent last.</summary>
    public (int Target, uint Sequence) LastPing()
    {
        var ping = Sent.Last(sent => sent.Lines.Exists(line => line.Kind == SwimMessageKind.Ping));
        var line = ping.Lines.Find(line => line.Kind == SwimMessageKind.Ping)!;
        return ((int)line.Node.Value, line.Sequence);
    }

    /// <summary>Lets the next period begin; whom it pings, and with what number.</summary>
    public (int Target, uint Sequence) Ping()
    {
        NextPeriod();
        return LastPing();
    }

    /// <summary>Lets periods go by, all answered, until one pings this member.</summary>
    public uint PingOf(int target)
    {
        for (var i = 0; i < 100; i++)
        {
            var (pinged, sequence) = Ping();
            if (pinged == target)
            {
                return sequence;
            }

            Receive(pinged, Say.Ack(sequence));
        }

        throw new InvariantException($"n{target} is pinged sooner or later");
    }

    public IEnumerable<string> Said() => Sent.SelectMany(sent => sent.Lines).Select(line => line.Text);

    private void Take()
    {
        Events.AddRange(_effects.Events);
        foreach (var effect in _effects.All)
        {
            switch (effect.Kind)
            {
                case SwimEffectKind.SendPacket:
                    var packet = _effects.Packet(effect);
                    Sent.Add(new Sent(effect.To, effect.Node, packet.Length, Now, Say.Read(Seal, packet.Span)));
                    break;
                case SwimEffectKind.TcpPing:
                    TcpPings.Add(effect);
                    break;
                default:
                    PushPulls.Add(effect);
                    break;
            }
        }

        _effects.Clear();
    }
}

/// <summary>A packet that was sent, as it was read.</summary>
internal sealed record Sent(Endpoint To, NodeId Node, int Bytes, Instant At, List<Line> Lines)
{
    public int ToNode => To.Port;

    public bool Has(SwimMessageKind kind) => Lines.Exists(line => line.Kind == kind);
}

/// <summary>A message in it.</summary>
internal sealed record Line(SwimMessageKind Kind, uint Sequence, NodeId Node, string Text);
