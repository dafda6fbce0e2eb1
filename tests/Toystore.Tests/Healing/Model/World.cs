using System.Numerics;

namespace Toystore.Tests.Healing.Model;

/// <summary>
/// One run: a few members, three keys in two slots, and everything that can go wrong, drawn from a seed; then everything heals and must converge. See docs/decisions/0009 for the rules it tries.
/// </summary>
internal sealed partial class World
{
    public const int Keys = 3;
    public const int Slots = 2;
    private const int WritesPerKeyMax = 40;
    private const long SkewMax = 1000;
    private const int FramesMax = 160;

    private readonly Broken _broken;
    private readonly Member[] _members;
    private readonly Ledger[] _ledgers = [new(), new(), new()];
    private readonly List<Copy>[] _tokens = [[], [], []];
    private readonly List<Frame> _frames = [];
    private readonly List<Exchange> _exchanges = [];
    private readonly bool[,] _cut;
    private readonly int _n;
    private readonly int _w;
    private readonly int _r;
    private readonly bool _acknowledgesUnsynced;
    private int _lossPercent;
    private readonly int _faultPercent;
    private readonly int _roundPercent;
    private readonly int _latePercent;
    private readonly int _keys;
    private readonly long _margin;
    private readonly bool _clocksAreWild;
    private readonly Theme _theme;
    private readonly int _steps;
    private Chance _chance;
    private int _busyKey;
    private bool _isHealing;
    private long _now = 100_000;
    private int _actors;
    private int _stamps;

    private readonly Action<string>? _trace;

    private World(ulong seed, Broken broken, Action<string>? trace)
    {
        _trace = trace;
        _broken = broken;
        _chance = new Chance(seed);
        (_n, _w) = _chance.Below(10) switch
        {
            < 5 => (3, 2),
            5 => (3, 1),
            6 => (3, 3),
            7 => (4, 3),
            _ => (5, 3),
        };
        _r = _n - _w + 1;
        _theme = (Theme)_chance.Below(5);
        _clocksAreWild = _chance.In(30);
        _margin = 20 + _chance.Below(300);
        _keys = 1 + _chance.Below(Keys);
        _latePercent = _chance.In(30) ? 60 : 25;
        _roundPercent = 1 + _chance.Below(12);
        var members = _n + 1 + _chance.Below(2);
        _members = new Member[members];
        for (var index = 0; index < members; index++)
        {
            _members[index] = new Member(index, members) { Actor = ++_actors, Minter = _actors, Stamp = ++_stamps, Offset = DrawOffset() };
        }

        _cut = new bool[members, members];
        _acknowledgesUnsynced = _chance.In(25);
        _lossPercent = _chance.Below(40);
        _faultPercent = 1 + _chance.Below(12);
        _steps = 100 + _chance.Below(200);
    }

    public static int SlotOf(int key) => key == 0 ? 0 : 1;

    /// <summary>Runs a seed to its end or to the first violation.</summary>
    public static Outcome Run(ulong seed, Broken broken = Broken.None, Action<string>? trace = null)
    {
        var world = new World(seed, broken, trace);
        try
        {
            world.LiveThroughFaults();
            world._outcome.PurgesInFaults = world._outcome.Purges;
            world._outcome.FloorsInFaults = world._outcome.FloorsAdvanced;
            world.Heal();
        }
        catch (ViolationException violation)
        {
            world._outcome.Violation = violation.Message;
        }

        return world._outcome;
    }

    private readonly Outcome _outcome = new();

    private bool Is(Broken mistake) => (_broken & mistake) != 0;

    private long Wall(Member member) => _now + member.Offset;

    private long Clock(Member member) => Math.Max(Wall(member), member.Last);

    private bool IsOwner(int member) => member < _n;

    private bool Reaches(int from, int to) => _members[from].IsUp && _members[to].IsUp && !_cut[from, to];

    private long DrawOffset() => !_clocksAreWild ? _chance.Below(40) - 20 : _chance.Below(10) switch
    {
        0 => _chance.Below(20_000) - 10_000,
        < 3 => _chance.Below(2_000) - 1_000,
        _ => _chance.Below(40) - 20,
    };

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

        switch (_chance.Below(100))
        {
            case < 16:
                BeginWrite(_chance.Below(_members.Length), _chance.In(85) ? _busyKey : _chance.Below(_keys));
                break;
            case < 48:
                DeliverOne();
                break;
            case < 58:
                Sync(_members[_chance.Below(_members.Length)]);
                break;
            case < 66:
                Read();
                break;
            case < 73:
                Ask(_members[_chance.Below(_n)]);
                break;
            case < 76:
                BeginExchange(_chance.Below(_n), _chance.Below(_n), _chance.Below(Slots));
                break;
            case < 88:
                StepExchange();
                break;
            case < 91:
                AdvanceFloor(_members[_chance.Below(_n)]);
                break;
            case < 95:
                Purge(_members[_chance.Below(_n)]);
                break;
            case < 99:
                TendHeld(_members[_chance.Below(_members.Length)]);
                break;
            default:
                Expire();
                break;
        }
    }

    /// <summary>Everything that a floor needs, from reports to rows, with all sorts of things between its steps. It may come to nothing.</summary>
    private void RunRound()
    {
        if (_chance.In(60))
        {
            Array.Clear(_cut);
            foreach (var member in _members)
            {
                Start(member, _chance.In(20));
            }
        }

        var early = _chance.In(25);
        for (var pair = 0; early && pair < _n; pair++)
        {
            if (BeginExchange(pair, (pair + 1) % _n, _chance.Below(Slots)) is { } exchange && _chance.In(70))
            {
                Step(exchange);
            }
        }

        var jostlePercent = _chance.Below(3) switch { 0 => 1, 1 => 8, _ => 25 };
        for (var turn = 0; turn < 2; turn++)
        {
            foreach (var member in _members)
            {
                TendHeld(member);
                Sync(member);
                JostleIn(jostlePercent);
            }

            for (var owner = 0; owner < _n; owner++)
            {
                for (var asked = 0; asked < _members.Length; asked++)
                {
                    Ask(_members[owner]);
                    JostleIn(jostlePercent / 2);
                }
            }
        }

        for (var pair = _chance.Below(2) + (_n * (_n - 1)); pair > 0; pair--)
        {
            int one = pair % _n, other = pair / _n;
            for (var slot = 0; slot < Slots; slot++)
            {
                if (BeginExchange(one, other, slot) is { } exchange)
                {
                    while (_exchanges.Contains(exchange) && Step(exchange))
                    {
                        JostleIn(jostlePercent);
                    }

                    _exchanges.Remove(exchange);
                }
            }
        }

        while (early && _exchanges.Count > 0)
        {
            StepExchange();
        }

        for (var owner = 0; owner < _n; owner++)
        {
            JostleIn(jostlePercent);
            if (_chance.In(75))
            {
                AdvanceFloor(_members[owner]);
            }

            if (_chance.In(75))
            {
                Purge(_members[owner]);
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
}

/// <summary>What a run showed.</summary>
internal sealed class Outcome
{
    public string? Violation { get; set; }

    public int Writes { get; set; }

    public int Purges { get; set; }

    public int FloorsAdvanced { get; set; }

    public int PurgesInFaults { get; set; }

    public int FloorsInFaults { get; set; }

    public int FloorsAdopted { get; set; }

    public int TooLow { get; set; }

    public int Stale { get; set; }

    public int GhostsRejected { get; set; }

    public int DoubleEffects { get; set; }

    public int Reads { get; set; }

    public int Excused { get; set; }

    public int RoundsToEqual { get; set; }

    public int RoundsToClean { get; set; }
}

internal sealed class ViolationException(string claim) : Exception(claim);
