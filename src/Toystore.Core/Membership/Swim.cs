using System.Collections.Immutable;
using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>
/// Who is there: SWIM (Das, Gupta, Motivala, DSN 2002) with Lifeguard (Dadgar, Phillips, Currey 2017), that heals by itself. Told the time and what arrived, it says what to do. One thread at a time.
/// <para>
/// In each period it pings one member; one that does not answer is pinged by others for it; one that nobody hears is suspected, and if it does not refute that in time, held dead. What it hears and finds it tells on, in what is
/// left of pings and acks and in packets of their own. What all this gives is a hint: members that crash are held dead by all within seconds, and those that have not, hardly ever. Nothing is decided by it that could lose data.
/// </para>
/// <para>
/// It differs from the papers where members come back. A death is of one incarnation. Nobody is forgotten: the dead are contacted again for ever, and whoever speaks while it is accused is told so, until it refutes. So two halves
/// of a cluster find each other again after any time, and so do those who were stopped together.
/// </para>
/// <para>
/// The parts: this file its doors; <c>Swim.Admitting</c> who may be a member; <c>Swim.Receiving</c> what packets bring; <c>Swim.News</c> what news of a member changes; <c>Swim.Probing</c>, <c>Swim.Telling</c>, <c>Swim.Exchanging</c> what it does by itself.
/// </para>
/// </summary>
public sealed partial class Swim
{
    private readonly SwimOptions _options;
    private readonly Random _random;
    private readonly Contact _self;
    private readonly MemberTable _table;
    private readonly ProbeOrder _order;
    private readonly Rumours _rumours = new();
    private readonly Relays _relays = new();
    private readonly Probe _probe = new();
    private readonly LocalHealth _health;
    private readonly PriorityQueue<Contact, Instant> _suspicionEnds = new();
    private readonly List<Contact> _picked = [];
    private TimeSpan _notLived;
    private Instant _last = new(long.MinValue / 2);
    private uint _sequence;
    private long _version = 1;
    private MembershipSnapshot? _view;
    private bool _isStarted;
    private bool _hasLeft;

    /// <param name="self">This node.</param>
    /// <param name="first">Its incarnation: above all that earlier processes of this node used.</param>
    /// <param name="facts">What it publishes about itself.</param>
    /// <param name="options">Times and numbers.</param>
    /// <param name="seal">Opens and seals packets. Stays the caller's.</param>
    /// <param name="random">Chance: whom to probe, to ask and to tell.</param>
    public Swim(NodeId self, Incarnation first, MemberFacts facts, SwimOptions options, PacketSeal seal, Random random)
    {
        Invariant.Require(self.Value != 0 && first.Value > 0, "a member has an id and an incarnation");
        if (options.Problems() is [var problem, ..])
        {
            throw new ArgumentException(problem.ToString(), nameof(options));
        }

        (_options, _random, Seal) = (options, random, seal);
        _health = new LocalHealth(options.LocalHealthMax);
        _table = new MemberTable(random);
        _order = new ProbeOrder(random);
        _self = new Contact(self) { Standing = new Standing(first, MemberState.Alive) };
        _self.Publish(facts, FactsCodec.Encode(facts), first);
        _sequence = (uint)random.Next();
    }

    /// <summary>This node.</summary>
    public NodeId Self => _self.Node;

    /// <summary>The incarnation of this node now. If it is above those reserved on the disk, reserve more: the disk was put back, or many were used (<see cref="SwimEvent.Accused"/>).</summary>
    public Incarnation Incarnation => _self.Standing.Incarnation;

    /// <summary>What it doubts of itself: 0, well, to <see cref="SwimOptions.LocalHealthMax"/>.</summary>
    public int LocalHealth => _health.Score;

    /// <summary>What it has done so far.</summary>
    public SwimCounts Counts { get; } = new();

    /// <summary>Members not held dead or gone, this one included.</summary>
    public int LiveCount => _table.Live.Count + 1;

    /// <summary>Members held dead.</summary>
    public int DeadCount => _table.Dead.Count;

    /// <summary>News that is still being told.</summary>
    public int RumourCount => _rumours.Count;

    /// <summary>Grows with everything that changes <see cref="View"/>.</summary>
    public long Version => _version;

    /// <summary>True once this node has said goodbye and everybody there has been told, or nobody is there.</summary>
    public bool IsFarewellTold => _hasLeft && (_self.Told < 0 || _table.Live.Count == 0);

    /// <summary>Opens and seals packets; another one when the keys change.</summary>
    public PacketSeal Seal { get; set; }

    /// <summary>The topology that this node has. Goes with every packet.</summary>
    public Epoch Topology { get; set; }

    /// <summary>Everyone, as of now. Made when asked for and something has changed; its members do not change.</summary>
    public MembershipSnapshot View => _view is { } view && view.Version == _version ? view : _view = MakeView();

    /// <summary>When <see cref="Advance"/> is to be called next, by the caller's clock, if nothing else is before.</summary>
    public Instant NextDeadline => NextDue + _notLived;

    private Instant NextDue
    {
        get
        {
            if (!_isStarted)
            {
                return Instant.Never;
            }

            var next = Instant.Min(_relays.NextDue, _suspicionEnds.TryPeek(out _, out var ends) ? ends : Instant.Never);
            next = Instant.Min(next, HasListeners ? _gossipsAt : Instant.Never);
            return _hasLeft ? next : Instant.Min(Instant.Min(next, Instant.Min(_probesAt, _probe.AsksAt)), Instant.Min(Instant.Min(_joinsAt, _exchangesAt), Instant.Min(_healsAt, _looksAgainAt)));
        }
    }

    /// <summary>Begins. Before: <see cref="Restore"/>, if there is something to be restored.</summary>
    /// <param name="now">Now.</param>
    /// <param name="seeds">Where others may be. They are asked until one answers, and whenever later nobody who is there has that address. Its own address among them does no harm.</param>
    /// <param name="effects">Gets what is to be done.</param>
    public void Start(Instant now, IReadOnlyList<Endpoint> seeds, SwimEffects effects)
    {
        Invariant.Require(!_isStarted, "a member starts once");
        _isStarted = true;
        _last = now;
        _self.Since = now;
        _seeds = [.. seeds];
        _probesAt = now + (_options.ProbeInterval * (_options.Staggers ? _random.NextDouble() : 1));
        _gossipsAt = now + (_options.GossipInterval * _random.NextDouble());
        _exchangePause = _options.ProbeInterval / 2;
        _exchangesAt = now + (_exchangePause * (0.5 + _random.NextDouble()));
        _healsAt = now + (_options.HealInterval * (1 + _random.NextDouble()));
        _joinsAt = now;
        foreach (var contact in _table.All)
        {
            contact.Since = now;
            contact.Suspicion = null;
            Settle(now, contact, null, effects);
        }

        Tell(now, _self);
        Advance(now, effects);
    }

    /// <summary>Does what has fallen due.</summary>
    public void Advance(Instant now, SwimEffects effects)
    {
        if (!_isStarted)
        {
            return;
        }

        now = Lived(now);
        EndSuspicions(now, effects);
        NackRelays(now, effects);
        if (!_hasLeft)
        {
            Probe(now, effects);
            Exchange(now, effects);
        }

        Gossip(now, effects);
    }

    /// <summary>Publishes other facts about this node, under a new incarnation.</summary>
    public void Publish(Instant now, MemberFacts facts)
    {
        now = Lived(now);
        Speak(now, _self.Standing.Incarnation.Next, facts);
    }

    /// <summary>Says goodbye: probes nobody from now on, and answers still. Keep calling until <see cref="IsFarewellTold"/>, or as long as there is time.</summary>
    public void Leave(Instant now)
    {
        if (_hasLeft)
        {
            return;
        }

        now = Lived(now);
        _hasLeft = true;
        _probe.End();
        _self.Standing = _self.Standing with { State = MemberState.Left };
        _self.Since = now + _notLived;
        _version++;
        Tell(now, _self);
    }

    /// <summary>Comes back after <see cref="Leave"/>, without a restart.</summary>
    public void Return(Instant now, SwimEffects effects)
    {
        if (!_hasLeft)
        {
            return;
        }

        now = Lived(now);
        _hasLeft = false;
        _isJoined = false;
        _probesAt = now + _options.ProbeInterval;
        _exchangesAt = now + _options.PushPullInterval;
        _healsAt = now + _options.HealInterval;
        _joinsAt = now;
        _self.Since = now + _notLived;
        Speak(now, _self.Standing.Incarnation.Next, _self.Facts!);
        Advance(now + _notLived, effects);
    }

    /// <summary>
    /// Forgets a member that is held dead or gone: it was removed from the cluster, for good. To be called on every member; what others have not forgotten yet comes back from them. False, and nothing happens, if it is live.
    /// </summary>
    public bool Forget(NodeId node)
    {
        if (_table.Find(node) is not { IsLive: false } contact)
        {
            return false;
        }

        _rumours.Drop(contact);
        _table.Remove(contact);
        _version++;
        return true;
    }

    /// <summary>
    /// The time that counts. Between the moment that something was due and now this member did not run; if that is long, it counts for nothing: all its deadlines move on by as much (<see cref="SwimOptions.NoticesPauses"/>).
    /// </summary>
    private Instant Lived(Instant now)
    {
        var lived = now - _notLived;
        lived = lived < _last ? _last : lived;
        var late = NextDue is var due && due < lived ? lived - due : TimeSpan.Zero;
        if (_options.NoticesPauses && late > _options.ProbeTimeout)
        {
            _notLived += late;
            _health.Add(1);
            lived -= late;
        }

        return _last = lived < _last ? _last : lived;
    }

    private MembershipSnapshot MakeView()
    {
        var members = ImmutableArray.CreateBuilder<MemberView>();
        members.Add(ViewOf(_self));
        members.AddRange(_table.All.Where(contact => contact.Facts is not null).Select(ViewOf));
        members.Sort((left, right) => left.Node.CompareTo(right.Node));
        return new MembershipSnapshot(_version, members.ToImmutable());

        static MemberView ViewOf(Contact contact) =>
            new(contact.Node, contact.State, contact.Standing.Incarnation, contact.Facts!, contact.FactsIncarnation, contact.By, contact.Since);
    }
}
