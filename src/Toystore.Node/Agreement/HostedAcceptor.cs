using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Node.Healing;
using Toystore.Storage;

namespace Toystore.Node.Agreement;

/// <summary>
/// This node's <see cref="Acceptor"/>: one request at a time, and what follows from an answer is on the disk, synced, before it is given. It has an id for its disk, and draws another when that is not the disk that it was.
/// </summary>
/// <remarks>
/// On the disk: <c>agreement/acceptor</c>, u8 version 1, u8 flags (1: <see cref="MustRead"/>, 2: founds nothing), then <see cref="AcceptorStateCodec"/>. Somebody who loses power has lost nothing of it, whatever else was not synced.
/// </remarks>
/// <param name="self">Which node this is.</param>
/// <param name="seeds">The list that it was given.</param>
/// <param name="store">The disk.</param>
/// <param name="random">Draws ids of disks.</param>
/// <param name="time">When it tries the disk again.</param>
/// <param name="logger">Where it says what it finds.</param>
internal sealed class HostedAcceptor(NodeId self, SeedList seeds, IStore store, NodeRandom random, TimeProvider time, ILogger logger)
{
    /// <summary>Where its record lies.</summary>
    public static readonly StoreKey Place = StoreKey.System("agreement/acceptor");

    private const byte Version = 1;
    private const int HeadBytes = 2;
    private const int ReadsMax = 10;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly Acceptor _founding = new(self, seeds);
    private readonly Acceptor _joining = new(self, null);
    private Task _turn = Task.CompletedTask;
    private volatile Record? _record;
    private volatile bool _isDrawnHere;

    /// <summary>What is on the disk; null as long as that is not known.</summary>
    public AcceptorState? State => _record?.State;

    /// <summary>Who this is; nobody as long as the disk is not known.</summary>
    public AcceptorName Name => _record is { } record ? new AcceptorName(self, record.State.Disk) : default;

    /// <summary>True if the disk may have forgotten which decrees it knew: nothing may be done under any before the register has been read (docs/decisions/0011, 3).</summary>
    public bool MustRead => _record is not { Flags: var flags } || flags.HasFlag(Flags.MustRead);

    /// <summary>True if it may found a cluster: it is on the list of seeds, and there is no reason to believe that its disk is not its first.</summary>
    public bool Founds => _record is { Flags: var flags } && !flags.HasFlag(Flags.FoundsNothing) && seeds.Contains(self);

    /// <summary>False until it is known whether others remember more of this disk than the disk itself: until then it promises and accepts nothing.</summary>
    public bool MayVote { get; set; }

    /// <summary>A later decree is on the disk than before, or a forced one; or the first that was found there. One at a time, in order.</summary>
    public event Action<Decree>? Learned;

    /// <summary>Whether this version understands what a decree says; what it does not understand it neither accepts nor learns.</summary>
    public Func<Decree, bool> Understands { get; set; } = static _ => true;

    /// <summary>The newest decree that a record tells of; null if none.</summary>
    public static Decree? NewestOf(ReadOnlyMemory<byte> record) => Decode(record)?.State.Newest;

    /// <summary>Reads the disk, and gives it an id if it has none. Once; ends when that is on the disk. <paramref name="loss"/>: what the store has lost, null for nothing.</summary>
    public async Task LoadAsync(string? loss, CancellationToken cancellationToken)
    {
        var read = await SystemReads.ReadAsync(store, Place, time, cancellationToken);
        for (var again = 1; read.Status == StoreReadStatus.Unreadable && again < ReadsMax; again++)
        {
            await Task.Delay(BetweenTries, time, cancellationToken);
            read = await SystemReads.ReadAsync(store, Place, time, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var found = read.Status == StoreReadStatus.Found ? Decode(read.Bytes) : null;
        if (found is not null && loss is null)
        {
            MayVote = found.State.Newest is null || found.Flags.HasFlag(Flags.MustRead);
            if (found.State.Newest is { } newest)
            {
                Learned?.Invoke(newest);
            }

            _record = found;
            return;
        }

        var isFirst = loss is null && read.Status == StoreReadStatus.Absent && (await SystemReads.ReadAsync(store, KnownSlots.Place, time, cancellationToken)).Status == StoreReadStatus.Absent;
        cancellationToken.ThrowIfCancellationRequested();
        var next = new Record(found?.State.InDoubt(Draw()) ?? AcceptorState.OfNewDisk(Draw()), isFirst ? Flags.MustRead : Flags.MustRead | Flags.FoundsNothing);
        while (!await WriteAsync(next))
        {
            await Task.Delay(BetweenTries, time, cancellationToken);
        }

        (MayVote, _isDrawnHere) = (true, true);
        if (!isFirst)
        {
            logger.DiskInDoubt(next.State.Disk, loss ?? "there is no sound record of what it had promised");
        }
    }

    /// <summary>Answers a request, once what follows from it is on the disk; null if it cannot: then it was not done, as far as anybody may say.</summary>
    public async ValueTask<RegisterReply?> AnswerAsync(RegisterRequest request)
    {
        var decree = request switch
        {
            RegisterRequest.Accept accept => accept.Decree,
            RegisterRequest.Learn learn => learn.Decree,
            RegisterRequest.Force force => force.Decree,
            _ => null,
        };
        if (decree is not null && !decree.Equals(State?.Newest) && !Understands(decree))
        {
            logger.NotUnderstood(decree.Epoch);
            return null;
        }

        RegisterReply? reply = null;
        await InTurnAsync(record =>
        {
            if (request is RegisterRequest.Prepare or RegisterRequest.Accept && !MayVote)
            {
                return null;
            }

            var (answer, next) = (record.Flags.HasFlag(Flags.FoundsNothing) ? _joining : _founding).Handle(record.State, request);
            reply = answer;
            return next is null ? record : new Record(next, IsSeedsFirst(record, next) ? Flags.None : record.Flags);
        }, () => reply = null);
        return reply;
    }

    /// <summary>The disk may be an older copy of itself: from now on it is another, unless this process has drawn the id that it has. False if the disk did not take that.</summary>
    public async ValueTask<bool> DoubtAsync(string why)
    {
        if (!_isDrawnHere)
        {
            if (!await InTurnAsync(record => new Record(record.State.InDoubt(Draw()), Flags.MustRead | Flags.FoundsNothing)))
            {
                return false;
            }

            (MayVote, _isDrawnHere) = (true, true);
            logger.DiskInDoubt(State!.Disk, why);
        }

        return true;
    }

    /// <summary>The register has been read: what is on the disk is the newest that there was. False if the disk did not take that.</summary>
    public ValueTask<bool> TrustAsync() => InTurnAsync(record => record with { Flags = record.Flags & ~Flags.MustRead });

    // Who has taken part in founding the cluster on this disk has known nothing before that.
    private static bool IsSeedsFirst(Record before, AcceptorState next) => before.State is { Newest: null, Promised: var promised } && promised != default && !before.Flags.HasFlag(Flags.FoundsNothing) && next.Newest is { Epoch.Number: 1 };

    private static Record? Decode(ReadOnlyMemory<byte> bytes) =>
        SystemRecord.TryDecode(Place, bytes, out var payload) && payload.Length > HeadBytes && payload.Span[0] == Version && payload.Span[1] <= (byte)(Flags.MustRead | Flags.FoundsNothing)
            && AcceptorStateCodec.Decode(payload.Span[HeadBytes..]) is { } state
            ? new Record(state, (Flags)payload.Span[1])
            : null;

    private DiskId Draw()
    {
        ulong drawn;
        do
        {
            drawn = random.Next();
        }
        while (drawn == 0);
        return new DiskId(drawn);
    }

    private async ValueTask<bool> InTurnAsync(Func<Record, Record?> next, Action? failed = null)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = Interlocked.Exchange(ref _turn, over.Task);
        await before;
        try
        {
            var isTaken = _record is { } record && next(record) is { } wanted && (ReferenceEquals(wanted, record) || await WriteAsync(wanted));
            if (!isTaken)
            {
                failed?.Invoke();
            }

            return isTaken;
        }
        finally
        {
            over.SetResult();
        }
    }

    private async ValueTask<bool> WriteAsync(Record next)
    {
        var state = AcceptorStateCodec.Encode(next.State);
        var payload = new byte[HeadBytes + state.Length];
        (payload[0], payload[1]) = (Version, (byte)next.Flags);
        state.CopyTo(payload, HeadBytes);
        try
        {
            // It takes the place of what is there, and whoever wants to add a node because disks are full must be able to.
            if (await store.WriteAsync(new StoreBatch { MakesRoom = true }.Put(Place, SystemRecord.Encode(Place, payload)), Durability.Fsync, CancellationToken.None) != StoreWrite.Done)
            {
                return false;
            }
        }
        catch (ObjectDisposedException)
        {
            return false; // the node has stopped
        }

        var before = _record?.State.Newest;
        _record = next;
        if (next.State.Newest is { } newest && !newest.Equals(before))
        {
            Learned?.Invoke(newest);
        }

        return true;
    }

    [Flags]
    private enum Flags : byte
    {
        None = 0,
        MustRead = 1,
        FoundsNothing = 2,
    }

    private sealed record Record(AcceptorState State, Flags Flags);
}
