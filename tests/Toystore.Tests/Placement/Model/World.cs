using System.Numerics;
using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Placement.Model;

/// <summary>
/// One run: up to eight members, three keys in two slots that move, and everything that can go wrong, drawn from a seed; then everything heals and must converge. The sibling of the model behind docs/decisions/0009, whose rules
/// are in force here too; docs/decisions/0011 has the rules that this one tries.
/// </summary>
internal sealed partial class World
{
    public const int Keys = 3;
    public const int Slots = 2;
    public const int MembersMax = 8;
    private const int WritesPerKeyMax = 40;
    private const int DocumentsMax = 60;
    private const long SkewMax = 1000;
    private const int FramesMax = 160;

    private readonly Broken _broken;
    private readonly Member[] _members = new Member[MembersMax];
    private readonly List<Document> _documents = [];
    private readonly Ledger[] _ledgers = [new(), new(), new()];
    private readonly List<Copy>[] _tokens = [[], [], []];
    private readonly List<Frame> _frames = [];
    private readonly List<Exchange> _exchanges = [];
    private readonly List<Request> _requests = [];
    private readonly bool[,] _cut = new bool[MembersMax, MembersMax];
    private readonly int[] _synced = new int[Slots];
    private Quorums _quorums;
    private readonly int _n;
    private readonly bool _acknowledgesUnsynced;
    private readonly int _faultPercent;
    private readonly int _movePercent;
    private readonly int _roundPercent;
    private readonly bool _losesDisks;
    private bool _isLean;
    private readonly int _latePercent;
    private readonly int _keys;
    private readonly long _margin;
    private readonly bool _clocksAreWild;
    private readonly Theme _theme;
    private readonly int _steps;
    private readonly Outcome _outcome = new();
    private readonly Action<string>? _trace;
    private int _lossPercent;
    private int _started;
    private int _removed;
    private bool _isHealing;
    private bool _hasLostDisks;
    private Chance _chance;
    private int _busyKey;
    private long _now = 100_000;
    private int _actors;
    private int _stamps;

    private World(ulong seed, Broken broken, Action<string>? trace)
    {
        _trace = trace;
        _broken = broken;
        _chance = new Chance(seed);
        _quorums = _chance.Below(10) switch { < 7 => Quorums.Majority, < 8 => Quorums.WriteOne, _ => Quorums.WriteAll };
        _n = _chance.In(85) ? 3 : 2;
        _theme = (Theme)_chance.Below(6);
        _clocksAreWild = _chance.In(20);
        _margin = 20 + _chance.Below(300);
        _keys = 1 + _chance.Below(Keys);
        _latePercent = _chance.In(30) ? 60 : 25;
        _roundPercent = _chance.In(50) ? 0 : 1 + _chance.Below(10);
        _losesDisks = _chance.In(50);
        _movePercent = 3 + _chance.Below(20);
        _acknowledgesUnsynced = _chance.In(15);
        _lossPercent = _chance.Below(40);
        _faultPercent = 1 + _chance.Below(10);
        _steps = 150 + _chance.Below(250);
        for (var index = 0; index < MembersMax; index++)
        {
            _members[index] = new Member(index);
        }

        // Half of the runs are lean: what heals by itself is rare, so that what the quorums promise has to come from the quorums.
        _isLean = _chance.In(50);
        if (_isLean)
        {
            (_keys, _roundPercent, _losesDisks, _faultPercent) = (1, _chance.In(80) ? 0 : 2, _chance.In(20), 1 + _chance.Below(4));
            _lossPercent = 20 + _chance.Below(40);
        }

        var members = !_isLean && _chance.In(20) ? 1 + _chance.Below(2) : _n + _chance.Below(3);
        Found(members);
    }

    /// <summary>Runs a seed to its end or to the first violation.</summary>
    public static Outcome Run(ulong seed, Broken broken = Broken.None, Action<string>? trace = null)
    {
        var world = new World(seed, broken, trace);
        try
        {
            world.LiveThroughFaults();
            world.Heal();
        }
        catch (ViolationException violation)
        {
            world._outcome.Violation = violation.Message;
        }

        return world._outcome;
    }

    public static int SlotOf(int key) => key == 0 ? 0 : 1;

    private void Found(int members)
    {
        var placements = new Placement[Slots];
        for (var slot = 0; slot < Slots; slot++)
        {
            var owners = 0;
            while (Bits(owners) < Math.Min(_n, members))
            {
                owners |= 1 << _chance.Below(members);
            }

            placements[slot] = new Placement(0, 0, 0, 0, new int[MembersMax]).Change(owners, 0, 0, 1);
        }

        _documents.Add(new Document(0, 0, placements));
        _documents.Add(new Document(1, (1 << members) - 1, placements));
        for (var index = 0; index < members; index++)
        {
            var member = _members[index];
            Open(member);
            member.HasHeard = true;
            Learn(member, 1);
            for (var slot = 0; slot < Slots; slot++)
            {
                member.Disk.KnownFor[slot] = placements[slot].IsOwner(index) ? 1 : 0;
            }

            member.Sync();
        }
    }

    private void Open(Member member)
    {
        _started |= 1 << member.Index;
        member.IsUp = true;
        member.Actor = ++_actors;
        member.Minter = member.Actor;
        member.Stamp = ++_stamps;
        member.Offset = DrawOffset();
    }

    private bool Is(Broken mistake) => (_broken & mistake) != 0;

    private long Wall(Member member) => _now + member.Offset;

    private long Clock(Member member) => Math.Max(Wall(member), member.Last);

    private Document Newest => _documents[^1];

    private Document DocumentOf(Member member) => _documents[member.Disk.Epoch];

    private Placement PlacementOf(Member member, int slot) => DocumentOf(member).Slots[slot];

    private bool IsOwner(Member member, int slot) => PlacementOf(member, slot).IsOwner(member.Index);

    /// <summary>It runs, its documents are in no doubt, and as far as it knows it is a member.</summary>
    private bool IsServing(Member member) => member.IsUp && !member.Disk.IsInDoubt && DocumentOf(member).Names(member.Index);

    private int SinceOf(Member member, int slot) => Is(Broken.SinceByComparison) ? member.Disk.SinceCompared[slot] : PlacementOf(member, slot).Since;

    private bool Knows(Member member, int slot)
    {
        var begun = PlacementOf(member, slot).Begun[member.Index];
        var known = member.Disk.KnownFor[slot];
        return begun > 0 && (known == begun || (Is(Broken.KnownForEver) && known > 0));
    }

    private bool Lacks(Member member, int slot)
    {
        if (!Knows(member, slot))
        {
            return true;
        }

        for (var key = 0; key < Keys; key++)
        {
            if (SlotOf(key) == slot && member.Disk.Incomplete[key])
            {
                return true;
            }
        }

        return false;
    }

    private bool Reaches(int from, int to) => _members[from].IsUp && _members[to].IsUp && !_cut[from, to];

    private long DrawOffset() => !_clocksAreWild ? _chance.Below(40) - 20 : _chance.Below(10) switch
    {
        0 => _chance.Below(20_000) - 10_000,
        < 3 => _chance.Below(2_000) - 1_000,
        _ => _chance.Below(40) - 20,
    };

    private Member Any()
    {
        var at = _chance.Below(MembersMax);
        while ((_started & (1 << at)) == 0)
        {
            at = (at + 1) % MembersMax;
        }

        return _members[at];
    }

    /// <summary>One of a set; -1 if it is empty.</summary>
    private int OneOf(int set)
    {
        if (set == 0)
        {
            return -1;
        }

        for (var skip = _chance.Below(Bits(set)); skip > 0; skip--)
        {
            set &= set - 1;
        }

        return BitOperations.TrailingZeroCount(set);
    }

    private void LiveThroughFaults()
    {
        for (var step = 0; step < _steps; step++)
        {
            _busyKey = step / 25 % _keys;
            Jostle();
            if (_chance.In(_roundPercent))
            {
                RunRound();
            }
        }
    }

    /// <summary>One small thing happens.</summary>
    private void Jostle()
    {
        _now += _chance.In(2) ? _chance.Below(5_000) : _chance.Below(100);
        if (_chance.In(_faultPercent))
        {
            Hurt();
            return;
        }

        if (_chance.In(_movePercent))
        {
            Administer(_isLean && _chance.In(97) ? _members[OneOf(Newest.Members & ~Newest.Slots[0].Owners) is >= 0 and var at ? at : 0] : Any());
            return;
        }

        if (_isLean)
        {
            JostleLean();
            return;
        }

        switch (_chance.Below(100))
        {
            case < 14:
                BeginWrite(Any(), _chance.In(85) ? _busyKey : _chance.Below(_keys));
                break;
            case < 40:
                DeliverOne();
                break;
            case < 49:
                Sync(Any());
                break;
            case < 54:
                BeginRead(Any(), _chance.In(60) ? _busyKey : _chance.Below(_keys));
                break;
            case < 66:
                StepRequest();
                break;
            case < 69:
                Gossip(Any(), Any());
                break;
            case < 74:
                Ask(Any());
                break;
            case < 78:
                BeginExchange(_chance.Below(Slots));
                break;
            case < 89:
                StepExchange();
                break;
            case < 91:
                AdvanceFloor(Any());
                break;
            case < 94:
                Purge(Any());
                break;
            case < 99:
                Tend(Any());
                break;
            default:
                Expire();
                break;
        }
    }

    private void JostleLean()
    {
        foreach (var member in _members)
        {
            if (_chance.In(70))
            {
                Sync(member);
            }
        }

        var placement = Newest.Slots[0];
        switch (_chance.Below(100))
        {
            case < 12:
                BeginWrite(Any(), 0);
                break;
            case < 45:
                DeliverOne();
                break;
            case < 55:
                BeginRead(Any(), 0);
                break;
            case < 75:
                StepRequest();
                break;
            case < 76:
                Gossip(Any(), Any());
                break;
            case < 96:
                if ((placement.New & ~placement.Old) != 0 && BeginExchange(_members[OneOf(placement.New & ~placement.Old)], _members[OneOf(placement.Old)], 0) is { } exchange)
                {
                    while (_exchanges.Contains(exchange) && Step(exchange))
                    {
                        JostleIn(3);
                    }

                    _exchanges.Remove(exchange);
                }

                break;
            case < 98:
                BeginExchange(0);
                break;
            default:
                Tend(Any());
                StepExchange();
                break;
        }
    }

    /// <summary>Everything that a floor or a move needs, with all sorts of things between its steps. It may come to nothing.</summary>
    private void RunRound()
    {
        if (_chance.In(60))
        {
            Array.Clear(_cut);
            for (var index = 0; index < MembersMax; index++)
            {
                Start(_members[index], _chance.In(20));
            }
        }

        var jostlePercent = _chance.Below(3) switch { 0 => 1, 1 => 6, _ => 20 };
        var gossips = _chance.In(60);
        for (var turn = 0; turn < 2; turn++)
        {
            for (var index = 0; index < MembersMax; index++)
            {
                var member = _members[index];
                if (gossips && Newest.Names(index))
                {
                    Gossip(member, _members[OneOf(Newest.Members)]);
                }

                Tend(member);
                Sync(member);
                JostleIn(jostlePercent);
            }

            for (var owner = 0; owner < MembersMax; owner++)
            {
                for (var asked = 0; asked < Bits(Newest.Members) && Newest.Names(owner); asked++)
                {
                    Ask(_members[owner]);
                    JostleIn(jostlePercent / 3);
                }
            }
        }

        for (var slot = 0; slot < Slots; slot++)
        {
            ExchangeAll(slot, jostlePercent, 90);
        }

        for (var index = 0; index < MembersMax; index++)
        {
            JostleIn(jostlePercent);
            if (_chance.In(75))
            {
                AdvanceFloor(_members[index]);
            }

            if (_chance.In(75))
            {
                Purge(_members[index]);
            }
        }
    }

    private void ExchangeAll(int slot, int jostlePercent, int percent)
    {
        for (var turn = 0; turn < 2; turn++)
        {
            for (var one = 0; one < MembersMax; one++)
            {
                for (var other = 0; other < MembersMax; other++)
                {
                    var isPair = turn == 0 ? one < other : !Newest.Slots[slot].IsOwner(one);
                    if (isPair && _chance.In(percent) && BeginExchange(_members[one], _members[other], slot) is { } exchange)
                    {
                        while (_exchanges.Contains(exchange) && Step(exchange))
                        {
                            JostleIn(jostlePercent);
                        }

                        _exchanges.Remove(exchange);
                    }
                }
            }
        }
    }

    private void JostleIn(int percent)
    {
        if (_chance.In(percent))
        {
            Jostle();
        }
    }

    private static void Require(bool holds, string claim)
    {
        if (!holds)
        {
            throw new ViolationException(claim);
        }
    }

    /// <summary>Costs nothing unless the run is traced.</summary>
    private void Note(FormattableString text)
    {
        if (_trace is not null)
        {
            _trace($"{_now}: {FormattableString.Invariant(text)}");
        }
    }

    private static int Bits(int mask) => BitOperations.PopCount((uint)mask);
}

/// <summary>What goes wrong most in a run.</summary>
internal enum Theme
{
    Everything,
    Wipes,
    RollBacks,
    Rot,
    Restarts,
    Cuts,
}

/// <summary>What a run showed.</summary>
internal sealed class Outcome
{
    public string? Violation { get; set; }

    public int Writes { get; set; }

    public int Reads { get; set; }

    public int ReadsInMoves { get; set; }

    public int Moves { get; set; }

    public int Cancelled { get; set; }

    public int Removed { get; set; }

    public int Joined { get; set; }

    public int Overtaken { get; set; }

    public int Floors { get; set; }

    public int FloorsInMoves { get; set; }

    public int Purges { get; set; }

    public int SlotsDropped { get; set; }

    public int SetAside { get; set; }

    public int Offered { get; set; }
}
