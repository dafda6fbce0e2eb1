using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Versions;
using Toystore.Node.Identity;
using Toystore.Storage;

namespace Toystore.Node.Healing;

/// <summary>
/// This node's mark (docs/decisions/0009, rules 5 to 9): it takes no new write with a dot at or below it. On the disk before anybody hears of it, never lowered. Beside it the stamp, a number that changes whenever what is on its way here
/// becomes too old to be taken unseen; and whether this process takes new writes at all.
/// </summary>
/// <remarks>
/// On the disk: <c>healing/mark</c>, u8 version 1, u64 mark, synced. A disk without one is new, or was lost: its process takes no new write until it has heard the mark of a member that knows one. In a cluster that is being founded
/// nobody does; there a majority of members with new disks is enough, and all begin with a mark behind the fastest clock among them.
/// </remarks>
internal sealed class Marks(IStore store, DotMint mint, NodeRandom random, int members, TimeSpan margin, ILogger logger)
{
    private const byte Version = 1;
    private const int PayloadBytes = 9;
    private static readonly StoreKey Place = StoreKey.System("healing/mark");

    private readonly TaskCompletionSource _heard = new(); // whoever waits for it goes on at once: the start of the node, and nobody else
    private readonly Lock _lock = new(); // guards the members with new disks, and their clocks
    private readonly Dictionary<NodeId, HybridTime> _new = [];
    private readonly int[] _inside = new int[2];
    private Task _turn = Task.CompletedTask;
    private ulong _mark;
    private ulong _stamp = random.Next();
    private int _phase;
    private volatile bool _isTold;
    private volatile bool _isLoaded;

    /// <summary>How far marks stay behind clocks.</summary>
    public TimeSpan Margin => margin;

    /// <summary>No new write at or below it is taken.</summary>
    public HybridTime Mark => new(Volatile.Read(ref _mark));

    /// <summary>The stamp of now; never 0.</summary>
    public ulong Stamp => Volatile.Read(ref _stamp) | 1;

    /// <summary>True if its mark is worth something to others: its disk is not new, or it has heard a mark itself.</summary>
    public bool IsTold => _isTold;

    /// <summary>True if this process takes new writes.</summary>
    public bool TakesNew => _heard.Task.IsCompleted;

    /// <summary>Ends when this process takes new writes.</summary>
    public Task Heard => _heard.Task;

    /// <summary>Reads the disk. False if it did not give the mark: try again.</summary>
    public async Task<bool> LoadAsync(CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(Place, cancellationToken);
        if (read.Status == StoreReadStatus.Unreadable)
        {
            return false;
        }

        // A mark that is lost is no mark: as if the disk were new.
        if (read.Status == StoreReadStatus.Found && SystemRecord.TryDecode(Place, read.Bytes, out var payload) && payload.Length == PayloadBytes && payload.Span[0] == Version)
        {
            var mark = new HybridTime(BinaryPrimitives.ReadUInt64LittleEndian(payload.Span[1..]));
            mint.Raise(mark);
            Volatile.Write(ref _mark, mark.Value);
            _isTold = true;
        }

        _isLoaded = true;
        if (members == 1)
        {
            await BeginAsync(default);
        }

        return true;
    }

    /// <summary>Another member has said what it has marked. False if that could not be kept.</summary>
    public async Task<bool> HearAsync(NodeId from, bool isTold, HybridTime mark, HybridTime clock)
    {
        if (TakesNew || !_isLoaded)
        {
            return _isLoaded;
        }

        if (isTold)
        {
            return await BeginAsync(mark);
        }

        lock (_lock)
        {
            _new[from] = clock;
            if (_isTold || _new.Count + 1 <= members / 2)
            {
                return true;
            }

            var fastest = _new.Values.Append(mint.Reading).Max();
            mark = FloorRounds.MarkFor(fastest, fastest, margin, default);
        }

        return await BeginAsync(mark);
    }

    /// <summary>Raises the mark towards a goal, no further than this node's own clock allows, on the disk and for all writes. False if the disk did not take it.</summary>
    public ValueTask<bool> RaiseTowardsAsync(HybridTime goal) => RaiseAsync(FloorRounds.MarkFor(goal, mint.Reading, margin, Mark));

    /// <summary>Raises the mark to no less than this. When it returns true, no new write at or below it is under way to the store any more.</summary>
    public ValueTask<bool> RaiseAsync(HybridTime mark) => RaiseAsync(mark, isFirst: false);

    /// <summary>What was read before is too old from now on. Returns the new stamp; nothing that was taken under the old one is under way to the store then.</summary>
    public async ValueTask<ulong> RestampAsync()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            Interlocked.Exchange(ref _stamp, random.Next());
            await WaitForThoseInsideAsync();
            return Stamp;
        }
        finally
        {
            over.SetResult();
        }
    }

    /// <summary>Whether what has arrived is taken, where this is held. To be asked between <see cref="Enter"/> and <see cref="Leave"/>.</summary>
    public LocalAdmission Admit(Container held, Container incoming, in Arrival arrival)
    {
        if (!arrival.IsForeign)
        {
            return LocalAdmission.Taken;
        }

        if (arrival.Newest != default && !TakesNew)
        {
            return LocalAdmission.NotHeard;
        }

        return Admissions.Of(held, incoming, arrival.Newest, Mark, arrival.Stamp == Stamp) switch
        {
            Admission.Taken => LocalAdmission.Taken,
            Admission.TooLow => LocalAdmission.TooLow,
            Admission.Stale => LocalAdmission.Stale,
            _ => throw new InvariantException("there is no such admission"),
        };
    }

    /// <summary>From asking for the mark to having handed the write to the store, without waiting for anything in between. <see cref="Leave"/> with what it gives.</summary>
    public int Enter()
    {
        while (true)
        {
            var phase = Volatile.Read(ref _phase) & 1;
            Interlocked.Increment(ref _inside[phase]);
            if ((Volatile.Read(ref _phase) & 1) == phase)
            {
                return phase;
            }

            Interlocked.Decrement(ref _inside[phase]);
        }
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Leave(int phase) => Interlocked.Decrement(ref _inside[phase]);

    private async ValueTask<bool> RaiseAsync(HybridTime mark, bool isFirst)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            return mark <= Mark ? !isFirst || await WriteAsync(Mark) : await RaiseInTurnAsync(mark);
        }
        finally
        {
            over.SetResult();
        }
    }

    private async ValueTask<bool> RaiseInTurnAsync(HybridTime mark)
    {
        if (!await WriteAsync(mark))
        {
            return false;
        }

        mint.Raise(mark);
        Volatile.Write(ref _mark, mark.Value);
        await WaitForThoseInsideAsync();
        return true;
    }

    // Whoever asked before may still be about to hand its write over; that takes no longer than a few microseconds. Called in turn.
    private async ValueTask WaitForThoseInsideAsync()
    {
        var phase = Interlocked.Increment(ref _phase) - 1;
        while (Volatile.Read(ref _inside[phase & 1]) != 0)
        {
            await Task.Yield();
        }
    }

    private async Task<bool> BeginAsync(HybridTime mark)
    {
        if (!await RaiseAsync(mark, isFirst: !_isTold))
        {
            return false;
        }

        _isTold = true;
        if (_heard.TrySetResult())
        {
            Log.TakesWrites(logger, Mark);
        }

        return true;
    }

    private async ValueTask<bool> WriteAsync(HybridTime mark)
    {
        var payload = new byte[PayloadBytes];
        payload[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(1), mark.Value);
        try
        {
            return await store.WriteAsync(new StoreBatch().Put(Place, SystemRecord.Encode(Place, payload)), Durability.Fsync, CancellationToken.None) == StoreWrite.Done;
        }
        catch (ObjectDisposedException)
        {
            return false; // the node has stopped
        }
    }
}

/// <summary>How a container has come here.</summary>
/// <param name="IsForeign">True if another member sent it, other than in an exchange; or if this node keeps it for an owner.</param>
/// <param name="Newest">The dot of the new write that it brings; none for a copy.</param>
/// <param name="Stamp">This node's stamp as its sender knew it; 0 if it did not.</param>
internal readonly record struct Arrival(bool IsForeign, Dot Newest, ulong Stamp);

/// <summary>What becomes of what has arrived.</summary>
internal enum LocalAdmission : byte
{
    /// <summary>It is taken.</summary>
    Taken,

    /// <summary>Its new write is not above the mark.</summary>
    TooLow,

    /// <summary>It is to be read again, and sent with the present stamp.</summary>
    Stale,

    /// <summary>This process takes no new write yet.</summary>
    NotHeard,
}
