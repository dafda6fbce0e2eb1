using CsCheck;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Tests.Node.Peers;

/// <summary>Any message at all.</summary>
internal static class PeerGen
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char['\u0001', '\u04ff'], 0, 40];
    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[0, 60];
    private static readonly Gen<Key> Key = Gen.Byte.Array[1, 50].Select(bytes => Toystore.Core.Key.From(bytes));
    private static readonly Gen<ContextToken> Token = Text.Select(text => new ContextToken(text));
    private static readonly Gen<TimeSpan> Span = Gen.Long.Select(TimeSpan.FromTicks);
    private static readonly Gen<DateTimeOffset> Moment = Gen.Long[0, 4_000_000_000_000].Select(DateTimeOffset.FromUnixTimeMilliseconds);
    private static readonly Gen<Epoch> Epochs = Gen.Select(Gen.ULong, Gen.ULong, (lineage, number) => new Epoch(lineage, number));
    private static readonly Gen<Slot> Slots = Gen.UShort[0, Slot.Count - 1].Select(index => new Slot(index));

    private static readonly Gen<Value> Values = Gen.Select(Bytes, Maybe(Text), MaybeValue(Moment), (bytes, type, expiry) => new Value(bytes, type, expiry));

    private static readonly Gen<Sibling> Siblings = Gen.Select(Gen.ULong[1, 5], Gen.ULong[1, 3], Gen.ULong[1, 1 << 20], Bytes, Maybe(Text), MaybeValue(Moment), MaybeValue(Gen.Guid), Gen.Bool,
        (node, generation, reading, bytes, type, expiry, request, isTombstone) => new Sibling(
            new Dot(new ActorId(new NodeId(node), generation), new HybridTime(reading)), isTombstone ? [] : bytes, isTombstone ? null : type, !isTombstone && expiry is { } at ? UnixTime.From(at) : null, request, isTombstone ? ValueKind.Tombstone : ValueKind.Bytes));

    public static readonly Gen<Container> Containers = Gen.Select(Siblings.Array[0, 4], Gen.Bool, (siblings, isDeleted) =>
    {
        var container = Container.Empty;
        foreach (var sibling in siblings.Where(sibling => !container.Context.Covers(sibling.Dot)).OrderBy(sibling => sibling.Dot.Time))
        {
            container = container.Context.Covers(sibling.Dot) ? container : container.Put(sibling, default);
        }

        return isDeleted && Container.TryCreate([], container.Context, out var bare) ? bare : container;
    });

    private static readonly Gen<ReadOptions> ReadOptions = Gen.Select(MaybeValue(Gen.Int), MaybeValue(Gen.Enum<ConflictPolicy>()), MaybeValue(Span), MaybeValue(Gen.Bool),
        (r, policy, timeout, sloppy) => new ReadOptions { R = r, Policy = policy, Timeout = timeout, Sloppy = sloppy });

    private static readonly Gen<Precondition> Preconditions = Gen.OneOf(
        Gen.Const<Precondition>(new Precondition.Absent()), Gen.Const<Precondition>(new Precondition.Present()), Token.Select(token => (Precondition)new Precondition.Unchanged(token)));

    private static readonly Gen<WriteOptions> WriteOptions = Gen.Select(MaybeValue(Token), MaybeValue(Gen.Int), MaybeValue(Gen.Enum<ConflictPolicy>()), Maybe(Preconditions),
        MaybeValue(Gen.Guid), MaybeValue(Gen.Enum<WriteDurability>()), Gen.Select(MaybeValue(Span), MaybeValue(Gen.Bool)), (context, w, policy, precondition, request, durability, last) => new WriteOptions
        {
            Context = context,
            W = w,
            Policy = policy,
            Precondition = precondition,
            RequestId = request,
            Durability = durability,
            Timeout = last.Item1,
            Sloppy = last.Item2,
        });

    private static readonly Gen<ReadOutcome> ReadOutcomes = Gen.OneOf(
        Gen.Select(Values.Array[0, 4], Token, Gen.Int[0, 16], (values, context, standIns) => (ReadOutcome)new ReadOutcome.Found(values, context) { StandIns = standIns }),
        Gen.Select(MaybeValue(Token), Gen.Int[0, 16], (context, standIns) => (ReadOutcome)new ReadOutcome.NotFound(context) { StandIns = standIns }),
        Gen.Select(Gen.Int, Gen.Int, Text, (needed, got, detail) => (ReadOutcome)new ReadOutcome.Unavailable(needed, got, detail)),
        Span.Select(after => (ReadOutcome)new ReadOutcome.Overloaded(after)),
        Text.Select(problem => (ReadOutcome)new ReadOutcome.Invalid(problem)));

    private static readonly Gen<WriteOutcome> WriteOutcomes = Gen.OneOf(
        Gen.Select(Token, Gen.Int, Gen.Enum<WriteDurability>(), Gen.Int[0, 16], (context, copies, durability, standIns) => (WriteOutcome)new WriteOutcome.Done(context, copies, durability) { StandIns = standIns }),
        MaybeValue(Token).Select(context => (WriteOutcome)new WriteOutcome.PreconditionFailed(context)),
        Gen.Select(Gen.Enum<NotDoneReason>(), Text, (reason, detail) => (WriteOutcome)new WriteOutcome.NotDone(reason, detail)),
        Gen.Select(Gen.Int, Gen.Int, Text, (needed, got, detail) => (WriteOutcome)new WriteOutcome.Unknown(needed, got, detail)),
        Text.Select(problem => (WriteOutcome)new WriteOutcome.Invalid(problem)));

    private static readonly Gen<NodeStatus> Statuses = Gen.Select(Text, Gen.Int, Gen.Double[0, 1e9], Gen.Long, Maybe(Text),
        (text, number, seconds, big, problem) => new NodeStatus(text, number, seconds, seconds / 3, big, big, big, big, big, big, big, big, big, big, text, problem));

    private static readonly Gen<NodeRepair> Repairs = Gen.Select(Text, Gen.Int, Gen.Double[0, 1e9], Gen.Select(Text, Gen.Bool, Gen.Long, Maybe(Text)).Array[0, 3],
        (text, number, seconds, peers) => new NodeRepair(text, number, number, number, number, seconds, seconds, 0.5, seconds, seconds, number, number, number, number, new ScrubProgress(0.5, number, number, number),
            [.. peers.Select(peer => new PeerRepair(peer.Item1, peer.Item2, !peer.Item2, seconds, seconds, number, number, peer.Item3, peer.Item3, peer.Item3, peer.Item3, peer.Item4, peer.Item4))]));

    public static readonly Gen<PeerRequest> Requests = Gen.OneOf(
        Key.Select(key => (PeerRequest)new PeerRequest.ReadContainer(key)),
        Key.Select(key => (PeerRequest)new PeerRequest.ReadDigest(key)),
        Gen.Select(Key, Containers, Gen.Enum<Durability>(), Gen.Bool, Gen.Bool, (key, container, durability, tell, completes) => (PeerRequest)new PeerRequest.Store(key, container, durability, tell, completes)),
        Gen.Select(Key, ReadOptions, (key, options) => (PeerRequest)new PeerRequest.CoordinateRead(key, options)),
        Gen.Select(Key, MaybeValue(Values), WriteOptions, (key, value, options) => (PeerRequest)new PeerRequest.CoordinateWrite(key, value, options)),
        Gen.Select(Bytes, Slots, MaybeValue(Key), Gen.Int, (prefix, first, after, limit) => (PeerRequest)new PeerRequest.ScanKeys(prefix, first, after, limit)),
        Gen.Const<PeerRequest>(PeerRequest.HowAreYou.Instance),
        Gen.Const<PeerRequest>(PeerRequest.Probe.Instance),
        Bytes.Select(table => (PeerRequest)new PeerRequest.ExchangeMembers(table)),
        Bytes.Select(letter => (PeerRequest)new PeerRequest.KeyLetter(letter)),
        Gen.Select(Key, Containers, Gen.ULong[1, ulong.MaxValue], Gen.Bool, (key, container, target, counts) =>
            (PeerRequest)new PeerRequest.Store(key, container, Durability.Fsync, TellHigher: false, Completes: false) { For = new NodeId(target), Counts = counts }),
        Gen.Select(Key, Containers, Gen.ULong[1, 5], Gen.ULong, Gen.ULong, (key, container, node, reading, stamp) =>
            (PeerRequest)new PeerRequest.Store(key, container, Durability.Os, TellHigher: false, Completes: false) { Newest = new Dot(new ActorId(new NodeId(node), 3), new HybridTime(reading)), Stamp = stamp }),
        Bytes.Select(message => (PeerRequest)new PeerRequest.Rounds(message)),
        Bytes.Select(message => (PeerRequest)new PeerRequest.Register(message)),
        Epochs.Select(epoch => (PeerRequest)new PeerRequest.AskTopology(epoch)),
        Gen.Select(Gen.Bool, MaybeValue(Slots), (begins, slot) => (PeerRequest)new PeerRequest.Repair(begins, slot)),
        Key.Select(key => (PeerRequest)new PeerRequest.ReadKept(key)),
        Gen.Select(Gen.Int, Gen.Long, Gen.Byte, (hints, bytes, share) => (PeerRequest)new PeerRequest.AskRoom(hints, bytes, share)));

    public static readonly Gen<PeerReply> Replies = Gen.OneOf(
        Gen.Select(Containers, Gen.Bool, (container, unknowing) => (PeerReply)new PeerReply.Held(container, unknowing)),
        Gen.Select(Gen.ULong, Gen.Bool, (digest, unknowing) => (PeerReply)new PeerReply.HeldDigest(digest, unknowing)),
        Gen.ULong.Select(higher => (PeerReply)new PeerReply.Stored(new HybridTime(higher))),
        Gen.Select(Gen.Enum<StoreWrite>(), Text, (reason, detail) => (PeerReply)new PeerReply.Refused(reason, detail)),
        ReadOutcomes.Select(outcome => (PeerReply)new PeerReply.Read(outcome)),
        WriteOutcomes.Select(outcome => (PeerReply)new PeerReply.Written(outcome)),
        Gen.Select(Gen.Select(Key, Containers, Gen.Bool, (key, container, unknowing) => new HeldKey(key, container, unknowing)).Array[0, 5],
            MaybeValue(Gen.Select(Slots, Key, (slot, key) => new ScanPosition(slot, key))), (page, covered) => (PeerReply)new PeerReply.Keys(page, covered)),
        Statuses.Select(status => (PeerReply)new PeerReply.Status(status)),
        Epochs.Select(epoch => (PeerReply)new PeerReply.StaleEpoch(epoch)),
        Gen.Const<PeerReply>(PeerReply.Overloaded.Instance),
        Gen.Const<PeerReply>(PeerReply.Here.Instance),
        Bytes.Select(table => (PeerReply)new PeerReply.Members(table)),
        Bytes.Select(letter => (PeerReply)new PeerReply.KeyLetter(letter)),
        Bytes.Select(message => (PeerReply)new PeerReply.Rounds(message)),
        Bytes.Select(message => (PeerReply)new PeerReply.Register(message)),
        Gen.Select(Epochs, Gen.ULong, Gen.ULong, (epoch, disk, options) => (PeerReply)new PeerReply.Topology(epoch, new Toystore.Core.Agreement.DiskId(disk), options)),
        Gen.ULong.Select(mark => (PeerReply)new PeerReply.TooLow(new HybridTime(mark))),
        Gen.ULong.Select(stamp => (PeerReply)new PeerReply.Stale(stamp)),
        Repairs.Select(repair => (PeerReply)new PeerReply.Repair(repair)),
        Gen.Select(Gen.Bool, Span, (granted, wait) => (PeerReply)new PeerReply.Room(granted, wait)),
        Text.Select(detail => (PeerReply)new PeerReply.Failed(detail)));

    private static Gen<T?> Maybe<T>(Gen<T> gen)
        where T : class => Gen.Select(Gen.Bool, gen, (has, value) => has ? value : null);

    private static Gen<T?> MaybeValue<T>(Gen<T> gen)
        where T : struct => Gen.Select(Gen.Bool, gen, (has, value) => has ? value : default(T?));
}
