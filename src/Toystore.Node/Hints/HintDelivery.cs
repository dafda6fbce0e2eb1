using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Node.Coordination;
using Toystore.Node.Healing;
using Toystore.Node.Peers;
using Toystore.Node.Replication;
using Toystore.Storage;

namespace Toystore.Node.Hints;

/// <summary>
/// Brings hints to those they are kept for, once these can be reached: page by page, in the order of the disk, at the pace that the receiver grants (<see cref="HintRoom"/>). A hint is removed when the owner has merged it with an
/// fsync, unless it has changed meanwhile. If the owner owns the slot no more, or is no member any more, whoever owns it now gets it.
/// </summary>
/// <remarks>
/// One pass for each owner at a time. Once a second somebody looks whether there is anything to begin; not at all while there are no hints. Everybody who has something for an owner that comes back would begin at the same moment,
/// so each waits for a while of its own first; a pass in which something failed is followed by a pause that doubles. What it asks goes by the links themselves: no client waits for it.
/// </remarks>
internal sealed partial class HintDelivery(
    HintBook book, Replica replica, IPeers links, Func<NodeId, PeerHealth> health, Func<ClusterSnapshot> cluster, HintLimits limits, Foreground foreground, NodeCounters counters, NodeRandom random, TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    private const int PageRecords = 16; // what comes at once, clients wait behind
    private const int PageBytes = 64 << 10;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartSpread = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnreadableMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _loaded = new();
    private readonly Lock _lock = new(); // guards all fields below
    private readonly Dictionary<NodeId, Course> _courses = [];
    private ITimer? _timer;
    private Task _turn = Task.CompletedTask;
    private bool _isArmed;
    private long _unreadableSince;

    /// <summary>Ends when what is there is counted.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Counts what is there, and begins.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _timer = time.CreateTimer(static delivery => ((HintDelivery)delivery!).Woken(), this, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            _isArmed = true;
        }

        book.Kept += Arm;
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        book.Kept -= Arm;
        _stopping.Cancel();
        Task[] underway;
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
            underway = [_turn, .. _courses.Values.Select(course => course.Pass)];
        }

        await Task.WhenAll(underway);
        _stopping.Dispose();
    }

    /// <summary>True while what an owner missed is on its way to it from here, and it takes that: nobody need look for it.</summary>
    public bool IsBringing(NodeId target)
    {
        if (book.TallyOf(target).Count == 0)
        {
            return false;
        }

        lock (_lock)
        {
            return _courses.TryGetValue(target, out var course) && course.Failures == 0;
        }
    }

    private void Arm()
    {
        lock (_lock)
        {
            if (!_isArmed && _timer is not null)
            {
                _isArmed = true;
                _timer.Change(Tick, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Woken()
    {
        lock (_lock)
        {
            if (_timer is not null)
            {
                _turn = TurnAsync();
            }
        }
    }

    private async Task TurnAsync()
    {
        await Task.Yield();
        try
        {
            if (book.IsLoaded || await LoadAsync())
            {
                _loaded.TrySetResult();
                foreach (var tally in book.Tallies())
                {
                    Look(tally);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (ObjectDisposedException)
        {
            return; // the store was closed under it
        }

        lock (_lock)
        {
            foreach (var gone in _courses.Where(each => each.Value.Pass.IsCompleted && book.TallyOf(each.Key).Count == 0).Select(each => each.Key).ToList())
            {
                _courses.Remove(gone);
            }

            _isArmed = !book.IsLoaded || book.Any;
            if (_isArmed)
            {
                _timer?.Change(Tick, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private async Task<bool> LoadAsync()
    {
        if (await book.LoadAsync(_stopping.Token))
        {
            return true;
        }

        return IsUnreadableForLong(ref _unreadableSince) && await book.SalvageAsync([.. cluster().Topology.Members.ToArray().Select(member => member.Id)], _stopping.Token);
    }

    // Begins a pass for an owner if there is reason to.
    private void Look(HintTally tally)
    {
        var isMember = cluster().Ring.Member(tally.Target) is not null;
        var isAway = isMember && tally.Target != cluster().Self && health(tally.Target).State == PeerState.Refusing;
        lock (_lock)
        {
            if (!_courses.TryGetValue(tally.Target, out var course))
            {
                _courses.Add(tally.Target, course = new Course());
            }

            if (!course.Pass.IsCompleted || _timer is null)
            {
                return;
            }

            var mustSweep = UnixTime.From(time.GetUtcNow()) - tally.Oldest > limits.AgeMax && course.SweepFrom.HasPassed(time);
            if (isAway && !mustSweep && book.Doubted(tally.Target).Count == 0)
            {
                // It will be news when it is back.
                course.WasAway = true;
                return;
            }

            if (!isAway && course.WasAway)
            {
                course.WasAway = false;
                course.Failures = 0;
                course.From = Deadline.After(StartSpread * (random.Below(1024) / 1024.0), time);
            }

            if (isAway || course.From.HasPassed(time))
            {
                course.SweepFrom = Deadline.After(limits.AgeMax / 16, time);
                course.Pass = PassAsync(tally, course, isAway);
            }
        }
    }

    private async Task PassAsync(HintTally tally, Course course, bool isAway)
    {
        await Task.Yield();
        try
        {
            foreach (var slot in book.Doubted(tally.Target))
            {
                await book.RecountAsync(tally.Target, slot, _stopping.Token);
            }

            if (!isAway && !course.IsTold)
            {
                course.IsTold = true;
                if (cluster().Ring.Member(tally.Target) is null)
                {
                    logger.Reroutes(tally.Target, tally.Count);
                }
                else
                {
                    logger.Begins(tally.Target, tally.Count);
                }
            }

            var isDone = isAway ? await WalkAsync(tally.Target, course, SweepAsync) : await WalkAsync(tally.Target, course, DeliverAsync);
            if (isDone && !isAway)
            {
                course.Failures = 0;
                await RecountRestAsync(tally.Target);
                if (book.TallyOf(tally.Target).Count == 0)
                {
                    course.IsTold = false;
                    logger.Delivered(tally.Target, course.Delivered);
                    course.Delivered = 0;
                }
            }
            else if (!isAway)
            {
                var pause = PauseMin * Math.Pow(2, Math.Min(course.Failures++, 5));
                course.From = Deadline.After((pause < PauseMax ? pause : PauseMax) * (0.5 + (random.Below(1024) / 2048.0)), time);
            }
        }
        catch (Exception end) when (end is ObjectDisposedException || (end is OperationCanceledException && _stopping.IsCancellationRequested))
        {
            // The node stops.
        }
    }

    // After a pass that went through: what is left came meanwhile, and how old it is the book knows only roughly.
    private async Task RecountRestAsync(NodeId target)
    {
        foreach (var slot in book.SlotsOf(target))
        {
            await book.RecountAsync(target, slot, _stopping.Token);
        }
    }

    // All hints for an owner, page by page. True if nothing failed.
    private async Task<bool> WalkAsync(NodeId target, Course course, Func<NodeId, Course, IReadOnlyList<StoreRecord>, Task<PageEnd>> visit)
    {
        StoreKey? after = null;
        var isWhole = true;
        while (!_stopping.IsCancellationRequested)
        {
            StorePage page;
            try
            {
                page = await book.PageAsync(target, after, PageRecords, PageBytes, _stopping.Token);
                course.UnreadableSince = 0;
            }
            catch (StoreException)
            {
                if (IsUnreadableForLong(ref course.UnreadableSince))
                {
                    await book.SalvageAsync([target], _stopping.Token);
                }

                return false;
            }

            if (page.Records.Count > 0)
            {
                after = page.Records[^1].Key;
                var end = await visit(target, course, page.Records);
                isWhole &= end == PageEnd.Done;
                if (end == PageEnd.Stop)
                {
                    return false;
                }
            }

            if (page.Complete)
            {
                return isWhole;
            }
        }

        return false;
    }

    private enum PageEnd : byte
    {
        /// <summary>All of it is where it belongs.</summary>
        Done,

        /// <summary>Some of it is not; the next one may be.</summary>
        Failed,

        /// <summary>The receiver is away, or has too much to do.</summary>
        Stop,
    }

    /// <summary>How it goes with one owner. Only its pass, and who begins that, touch it.</summary>
    private sealed class Course
    {
        public Task Pass = Task.CompletedTask;
        public Deadline From;
        public Deadline SweepFrom;
        public long Delivered;
        public int Failures;
        public long UnreadableSince;
        public bool WasAway = true;
        public bool IsTold;
    }
}
