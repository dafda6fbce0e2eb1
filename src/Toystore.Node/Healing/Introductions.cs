using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Node.Identity;

namespace Toystore.Node.Healing;

/// <summary>
/// What members say to each other when one starts: what they have marked (<see cref="Marks"/>), and what their disks say. From that this node learns whether its own disk is an older copy of itself, or an empty one in the place of another; or
/// whether the cluster is just being founded, and there is nothing to know.
/// </summary>
/// <remarks>
/// <b>Founding.</b> A disk is new, no member that can be reached has heard of an earlier process of this one, and a majority of the members, this one among them, say that their disks are new too and nothing was written to them since. Decided
/// once all that can be reached have answered.
/// </remarks>
internal sealed class Introductions(Marks marks, KnownSlots known, DiskLife life, MetMembers met, SlotFloors floors, DotMint mint, int members, ILogger logger)
{
    private readonly Lock _lock = new(); // guards all fields below
    private readonly HashSet<NodeId> _new = [];
    private readonly HashSet<NodeId> _answered = [];
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isRoundOver;
    private bool _wasHere;
    private bool _isDecided;

    /// <summary>Ends when the disk has been read, and there is something to say.</summary>
    public Task Ready => floors.Loaded;

    /// <summary>Ends when all members that can be reached have been greeted once, and have said what they remember of this disk.</summary>
    public Task Greeted => _greeted.Task;

    /// <summary>True once this process takes new writes, and has found out whether it founds the cluster.</summary>
    public bool IsDecided
    {
        get
        {
            lock (_lock)
            {
                return _isDecided;
            }
        }
    }

    /// <summary>True once another member remembered more of this disk than the disk itself, and what it may have lost is noted.</summary>
    public bool HasFoundOlderDisk { get; private set; }

    /// <summary>Called when another member remembers more of this disk than the disk itself, with why; says whether what follows from that is on the disk. May be called again.</summary>
    public Func<string, ValueTask<bool>> FoundOlder { get; set; } = static _ => new ValueTask<bool>(true);

    /// <summary>What this node says.</summary>
    public RoundsRequest.Hello Hello => new(marks.IsTold, marks.Mark, mint.Reading, Word);

    private DiskWord Word => new(life.Life, life.Tide, known.IsNew && !life.HasWritten);

    /// <summary>True if another member has answered this process.</summary>
    public bool HasAnswered(NodeId other)
    {
        lock (_lock)
        {
            return _answered.Contains(other);
        }
    }

    /// <summary>Another member greets.</summary>
    public async ValueTask<RoundsAnswer> AnswerAsync(NodeId from, RoundsRequest.Hello hello)
    {
        if (!floors.IsLoaded || !met.IsLoaded)
        {
            return RoundsAnswer.Void.Instance;
        }

        var memory = await met.MeetAsync(from, hello.Disk);
        Count(from, hello.Disk);
        await marks.HearAsync(from, hello.IsTold, hello.Mark, hello.Clock);
        await DecideAsync();
        return new RoundsAnswer.Marked(marks.IsTold, marks.Mark, mint.Reading, marks.Stamp, Word, memory);
    }

    /// <summary>Another member has answered.</summary>
    public async ValueTask HearAsync(NodeId from, RoundsAnswer.Marked answer)
    {
        await met.MeetAsync(from, answer.Disk);
        Count(from, answer.Disk);
        if (!answer.Memory.HasMet || await CompareAsync(from, answer.Memory.Tide))
        {
            lock (_lock)
            {
                _answered.Add(from);
            }
        }

        await marks.HearAsync(from, answer.IsTold, answer.Mark, answer.Clock);
    }

    /// <summary>All that can be reached have been greeted once.</summary>
    public ValueTask RoundIsOverAsync()
    {
        lock (_lock)
        {
            _isRoundOver = true;
        }

        _greeted.TrySetResult();
        return DecideAsync();
    }

    private void Count(NodeId from, DiskWord word)
    {
        lock (_lock)
        {
            if (word.IsNew)
            {
                _new.Add(from);
            }
        }
    }

    // False if there is something to note, and the disk did not take it: then it is asked again.
    private async ValueTask<bool> CompareAsync(NodeId from, ulong remembered)
    {
        bool isEmptied;
        lock (_lock)
        {
            isEmptied = known.IsNew && !_wasHere;
            _wasHere = true;
        }

        if (!isEmptied && remembered <= life.TideAtStart)
        {
            return true;
        }

        // On the disk before the tide is: until then the next process notices it as well.
        Log.DiskIsOlder(logger, from);
        var why = isEmptied ? "its disk was emptied" : "its disk is an older copy of itself";
        if (!await FoundOlder(why) || !await known.LoseAllAsync(why) || !await life.RaiseTideAsync(remembered))
        {
            return false;
        }

        life.TideAtStart = Math.Max(life.TideAtStart, remembered);
        HasFoundOlderDisk = true;
        return true;
    }

    private async ValueTask DecideAsync()
    {
        bool founds;
        lock (_lock)
        {
            if (_isDecided || !_isRoundOver || !marks.TakesNew)
            {
                return;
            }

            founds = known.IsNew && !_wasHere && _new.Count + 1 > members / 2;
            _isDecided = true;
        }

        if (!(founds ? await known.FoundAsync() : !known.IsNew || await known.KeepAsync()))
        {
            lock (_lock)
            {
                _isDecided = false; // the disk did not take it: again with the next greeting
            }
        }
    }
}
