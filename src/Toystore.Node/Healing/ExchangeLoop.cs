using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Node.Coordination;
using Toystore.Node.Hints;
using Toystore.Node.Peers;
using Toystore.Node.Replication;

namespace Toystore.Node.Healing;

/// <summary>
/// Keeps this node's copy like the others': hears a mark before it takes writes, asks all members to report, and compares its slots with every other owner, one after the other, for ever. At once with one that is back (hints that are on their way to it go first), and where something
/// was dropped or found damaged. Every time is jittered, so that nodes which start together drift apart.
/// </summary>
internal sealed class ExchangeLoop : IAsyncDisposable
{
    private readonly Func<ClusterSnapshot> _cluster;
    private readonly ExchangeRun _run;
    private readonly RoundsService _rounds;
    private readonly Marks _marks;
    private readonly Introductions _introductions;
    private readonly KnownSlots _known;
    private readonly DiskLife _life;
    private readonly Stillness _stillness;
    private readonly HintBook _book;
    private readonly ExchangeBook _exchanges;
    private readonly Replica _replica;
    private readonly Func<NodeId, PeerHealth> _health;
    private readonly Func<NodeId, bool> _isBringing;
    private readonly HealingTiming _timing;
    private readonly NodeRandom _random;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly NodeId[] _others;
    private readonly Lock _lock = new(); // guards the dictionary, and what is in it
    private readonly Dictionary<NodeId, Course> _courses = [];
    private readonly TaskCompletionSource _introduced = new(); // whoever waits for it goes on at once: the start of the node, and nobody else
    private Deadline _reportFrom;
    private Deadline _greetFrom;
    private Deadline _tideFrom;
    private Task _loop = Task.CompletedTask;

    public ExchangeLoop(
        Func<ClusterSnapshot> cluster, ExchangeRun run, RoundsService rounds, Marks marks, Introductions introductions, KnownSlots known, DiskLife life, Stillness stillness, HintBook book, ExchangeBook exchanges, Replica replica,
        Func<NodeId, PeerHealth> health, Func<NodeId, bool> isBringing, HealingTiming timing, NodeRandom random, TimeProvider time, ILogger logger)
    {
        (_cluster, _run, _rounds, _marks, _introductions, _known, _life, _stillness, _book, _exchanges, _replica) = (cluster, run, rounds, marks, introductions, known, life, stillness, book, exchanges, replica);
        (_health, _isBringing, _timing, _random, _time, _logger) = (health, isBringing, timing, random, time, logger);
        _others = [.. cluster().Topology.Members.ToArray().Select(member => member.Id).Where(id => id != cluster().Self)];
        foreach (var (other, shared) in exchanges.Others)
        {
            _courses.Add(other, new Course { Shared = shared });
        }
    }

    /// <summary>Ends when this process takes new writes, and knows whether its disk is an old one.</summary>
    public Task Introduced => _introduced.Task;

    /// <summary>Begins.</summary>
    public void Start()
    {
        _book.Missed += Miss;
        _replica.FoundGarbled += FoundGarbled;
        _reportFrom = Later(_timing.BetweenReports);
        foreach (var course in _courses.Values)
        {
            course.From = Later(_timing.BetweenExchanges);
        }

        _loop = WorkAsync();
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        _book.Missed -= Miss;
        _replica.FoundGarbled -= FoundGarbled;
        _stopping.Cancel();
        await _loop;
        _stopping.Dispose();
    }

    private void Miss(NodeId owner, Slot slot) => Soon(owner);

    private void FoundGarbled(Key key)
    {
        foreach (var owner in _cluster().Ring.Owners(Slot.Of(key)))
        {
            Soon(owner);
        }
    }

    private void Soon(NodeId other)
    {
        lock (_lock)
        {
            if (_courses.TryGetValue(other, out var course))
            {
                course.IsWanted = true;
                if (course.From.Remaining(_time) > _timing.Soon)
                {
                    course.From = Later(_timing.Soon);
                }
            }
        }
    }

    // Between a half of it and all of it from now.
    private Deadline Later(TimeSpan span) => Deadline.After(span * (0.5 + (_random.Below(1024) / 2048.0)), _time);

    private async Task WorkAsync()
    {
        await Task.Yield();
        try
        {
            await _introductions.Ready;
            while (!await _marks.LoadAsync(_stopping.Token))
            {
                await Task.Delay(_timing.Tick, _time, _stopping.Token);
            }

            while (true)
            {
                if (!_introductions.IsDecided)
                {
                    await BeginAsync();
                }
                else
                {
                    await TurnAsync();
                }

                await Task.Delay(_timing.Tick, _time, _stopping.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // the node stops
        }
    }

    private async Task BeginAsync()
    {
        await GreetAsync(_others);
        await _introductions.RoundIsOverAsync();
        if (_introductions.IsDecided && _introduced.TrySetResult())
        {
            // Now the others hear of this process's tide, and whether its disk is still new is known.
            await RaiseTideAsync();
        }
    }

    private async Task GreetAsync(IEnumerable<NodeId> others)
    {
        var hello = _introductions.Hello;
        await Task.WhenAll(others.Select(async other =>
        {
            if (await _run.AskAsync(other, hello, _stopping.Token) is RoundsAnswer.Marked marked)
            {
                await _introductions.HearAsync(other, marked);
            }
        }));
    }

    private async Task RaiseTideAsync()
    {
        _tideFrom = Later(_timing.BetweenTides);
        if (await _life.RaiseTideAsync())
        {
            await GreetAsync(_others.Where(other => _health(other).State != PeerState.Refusing));
        }
    }

    private async Task TurnAsync()
    {
        if (_life.HasWrittenSinceTide && _tideFrom.HasPassed(_time))
        {
            await RaiseTideAsync();
        }

        if (_greetFrom.HasPassed(_time) && _others.Where(other => !_introductions.HasAnswered(other) && _health(other).State != PeerState.Refusing).ToList() is { Count: > 0 } strangers)
        {
            _greetFrom = Later(_timing.AfterFailure);
            await GreetAsync(strangers);
        }

        if (_reportFrom.HasPassed(_time))
        {
            _reportFrom = Later(_timing.BetweenReports);
            if (!IsQuiet())
            {
                await ReportAsync();
            }
        }

        foreach (var (other, course) in _courses)
        {
            if (IsDue(other, course))
            {
                await ExchangeAsync(other, course);
            }

            await ExchangeOrderedAsync(other, course);
        }
    }

    private bool IsDue(NodeId other, Course course)
    {
        var isAway = _health(other).State == PeerState.Refusing;
        lock (_lock)
        {
            if (isAway)
            {
                course.WasAway = true;
                return false;
            }

            if (course.WasAway)
            {
                course.WasAway = false;
                course.IsWanted = true;
                course.From = Later(_timing.Soon);
            }

            if (course.OrderFrom.HasPassed(_time) && _exchanges.IsOrdered(other))
            {
                course.IsWanted = true;
                course.From = course.OrderFrom;
            }

            // What this node does not know does not wait for its turn.
            if (!course.From.HasPassed(_time))
            {
                return course.From.Remaining(_time) > _timing.Soon && IsWanted(other);
            }

            if (!IsQuiet(course))
            {
                return !IsBehindHints(other, course);
            }

            course.Rested++;
            course.From = Later(_timing.BetweenExchanges);
            return false;
        }
    }

    // What hints bring, an exchange would look for key by key, and send a second time. Not for ever: there may always be some.
    private bool IsBehindHints(NodeId other, Course course)
    {
        if (_exchanges.IsOrdered(other) || IsWanted(other) || !_isBringing(other))
        {
            return false;
        }

        course.HintsUntil ??= Deadline.After(_timing.BehindHints, _time);
        return !course.HintsUntil.Value.HasPassed(_time);
    }

    private bool IsQuiet()
    {
        lock (_lock)
        {
            return _courses.Count > 0 && _courses.Values.All(IsQuiet);
        }
    }

    private bool IsQuiet(Course course) => !course.IsWanted && course.Rested < _timing.QuietTurns - 1 && _stillness.Holds(course.Shared, course.Seen);

    // One that does not answer makes it void: then it need not be asked for.
    private async Task ReportAsync()
    {
        if (_others.Any(other => _health(other).State == PeerState.Refusing))
        {
            return;
        }

        var round = new ReportRound(_cluster().Topology);
        var goal = _rounds.Goal;
        var reports = await Task.WhenAll(_others.Select(async other => (From: other, Answer: await _run.AskAsync(other, new RoundsRequest.Report(goal), _stopping.Token) as RoundsAnswer.Reported)));
        if (await _rounds.ReportAsync(goal) is { } own)
        {
            round.Add(_cluster().Self, own.Report);
        }

        foreach (var (from, answer) in reports)
        {
            if (answer is not null)
            {
                round.Add(from, answer.Report);
            }
        }

        if (round.IsComplete)
        {
            _rounds.Complete(round);
        }
    }

    // Slots that somebody has asked for, one after the other.
    private async Task ExchangeOrderedAsync(NodeId other, Course course)
    {
        while (!course.WasAway && course.OrderFrom.HasPassed(_time) && _exchanges.OrderedSlot(other) is { } slot)
        {
            if (await RunAsync(other, slot) is not { Problem: null, Unfinished.Count: 0 })
            {
                course.OrderFrom = Later(_timing.Soon);
            }
        }
    }

    private async Task<ExchangeResult?> RunAsync(NodeId other, Slot? slot)
    {
        var result = await _run.RunAsync(other, _exchanges.Begin(other, slot), _stopping.Token);
        _exchanges.End(other, slot, result);
        return result;
    }

    private async Task ExchangeAsync(NodeId other, Course course)
    {
        var now = _stillness.Look(course.Shared);
        lock (_lock)
        {
            (course.IsWanted, course.Rested, course.HintsUntil) = (false, 0, null);
        }

        // What this node does not know comes first, and alone.
        var wanted = _known.LacksAny && !course.WasInVain ? _known.WantedFrom(other, _rounds.SharedWith(other)) : new SlotSet();
        var result = wanted.Count == 0 ? await RunAsync(other, null) : await _run.RunAsync(other, wanted, _stopping.Token);
        var isNext = wanted.Count > 0 || IsWanted(other);
        lock (_lock)
        {
            course.WasInVain = wanted.Count > 0 && result is not { Settled.Count: > 0 };
            course.Seen = wanted.Count > 0 || result is not { Problem: null, Unfinished.Count: 0 } ? default : now.Sum == course.Seen.Sum ? course.Seen : now;
            course.OrderFrom = Later(result is null && !isNext ? _timing.AfterFailure : _timing.Soon);
            course.From = Later(isNext ? _timing.Soon : result is null ? _timing.AfterFailure : result.Problem is null && result.Unfinished.Count == 0 ? _timing.BetweenExchanges : _timing.Soon);
        }

        if (result is null)
        {
            return;
        }

        if (result.Problem is { } problem)
        {
            Log.EndedEarly(_logger, other, problem);
        }

        if (result.Repairs.Any(repair => repair.KeysSent + repair.KeysReceived > 0))
        {
            Log.Repaired(_logger, other, result.Repairs.Sum(repair => repair.KeysSent), result.Repairs.Sum(repair => repair.KeysReceived), result.Repairs.Count);
        }
    }

    private bool IsWanted(NodeId other) => _known.LacksAny && _known.WantedFrom(other, _rounds.SharedWith(other)).Count > 0;

    /// <summary>How it goes with one owner.</summary>
    private sealed class Course
    {
        public Deadline From;
        public Deadline OrderFrom; // what is asked for is not tried again before
        public Deadline? HintsUntil; // it waits for hints no longer
        public bool WasAway;
        public bool IsWanted; // not because it is its turn
        public int Rested; // turns at which nothing was to be done
        public Sighting Seen; // when all was last compared to the end
        public required SlotSet Shared; // never changed
        public bool WasInVain; // what is not known could not be compared just now
    }
}
