using System.Text.Json;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Node.Peers;

/// <summary>The one place where messages become bytes; <see cref="FrameDecoder"/> is the other way.</summary>
internal static class FrameEncoder
{
    /// <summary>Appends a request as one frame.</summary>
    public static void Request(FrameWriter to, ulong requestId, Epoch epoch, uint microsecondsLeft, PeerRequest request)
    {
        to.Begin(TypeOf(request), requestId, epoch, microsecondsLeft);
        switch (request)
        {
            case PeerRequest.ReadContainer(var key):
                to.Key(key);
                break;
            case PeerRequest.ReadDigest(var key):
                to.Key(key);
                break;
            case PeerRequest.Store(var key, var container, var durability, var tellHigher, var completes) store:
                to.Key(key);
                to.U8((byte)durability);
                to.U8((byte)((tellHigher ? 1 : 0) | (completes ? 2 : 0) | (store.For != default ? 4 : 0) | (store.Counts ? 8 : 0) | (store.Newest != default ? 16 : 0) | (store.Stamp != 0 ? 32 : 0)));
                if (store.For != default)
                {
                    to.U64(store.For.Value);
                }

                if (store.Newest is { } newest && newest != default)
                {
                    to.U64(newest.Actor.Node.Value);
                    to.U64(newest.Actor.Generation);
                    to.U64(newest.Time.Value);
                }

                if (store.Stamp != 0)
                {
                    to.U64(store.Stamp);
                }

                to.Container(container);
                break;
            case PeerRequest.CoordinateRead(var key, var options):
                to.Key(key);
                OutcomeCodec.Write(to, options);
                break;
            case PeerRequest.CoordinateWrite(var key, var value, var options):
                to.Key(key);
                OutcomeCodec.Write(to, options);
                to.Bool(value is not null);
                if (value is { } written)
                {
                    OutcomeCodec.Write(to, written);
                }

                break;
            case PeerRequest.ScanKeys(var prefix, var first, var after, var limit):
                to.Bytes(prefix.Span);
                to.U16(first.Index);
                to.Bool(after is not null);
                if (after is { } last)
                {
                    to.Key(last);
                }

                to.I32(limit);
                break;
            case PeerRequest.ExchangeMembers(var table):
                to.Bytes(table.Span);
                break;
            case PeerRequest.KeyLetter(var letter):
                to.Bytes(letter.Span);
                break;
            case PeerRequest.ReadKept(var key):
                to.Key(key);
                break;
            case PeerRequest.AskRoom(var hints, var bytes, var share):
                to.I32(hints);
                to.I64(bytes);
                to.U8(share);
                break;
            case PeerRequest.Rounds(var message):
                to.Bytes(message.Span);
                break;
            case PeerRequest.Register(var message):
                to.Bytes(message.Span);
                break;
            case PeerRequest.AskTopology(var mine):
                to.U64(mine.Lineage);
                to.U64(mine.Number);
                break;
            case PeerRequest.Repair(var begins, var slot):
                to.Bool(begins);
                to.Bool(slot is not null);
                to.U16(slot?.Index ?? 0);
                break;
        }

        to.End();
    }

    /// <summary>Appends a reply as one frame. What is made locally and never sent goes as <see cref="PeerReply.Failed"/>.</summary>
    public static void Reply(FrameWriter to, ulong requestId, Epoch epoch, PeerReply reply)
    {
        to.Begin(TypeOf(reply), requestId, epoch, microsecondsLeft: 0);
        switch (reply)
        {
            case PeerReply.Held(var container, var unknowing):
                to.Bool(unknowing);
                to.Container(container);
                break;
            case PeerReply.HeldDigest(var digest, var unknowing):
                to.U64(digest);
                to.Bool(unknowing);
                break;
            case PeerReply.Stored(var higher):
                to.U64(higher.Value);
                break;
            case PeerReply.Refused(var reason, var detail):
                to.U8((byte)reason);
                to.Detail(detail);
                break;
            case PeerReply.Read(var outcome):
                OutcomeCodec.Write(to, outcome);
                break;
            case PeerReply.Written(var outcome):
                OutcomeCodec.Write(to, outcome);
                break;
            case PeerReply.Keys keys:
                WriteKeys(to, keys);
                break;
            case PeerReply.Status(var node):
                using (var json = new Utf8JsonWriter(to))
                {
                    JsonSerializer.Serialize(json, node, PeerJson.Default.NodeStatus);
                }

                break;
            case PeerReply.Repair(var node):
                using (var json = new Utf8JsonWriter(to))
                {
                    JsonSerializer.Serialize(json, node, PeerJson.Default.NodeRepair);
                }

                break;
            case PeerReply.Members(var table):
                to.Bytes(table.Span);
                break;
            case PeerReply.KeyLetter(var letter):
                to.Bytes(letter.Span);
                break;
            case PeerReply.Room(var granted, var wait):
                to.Bool(granted);
                to.I64(wait.Ticks);
                break;
            case PeerReply.Rounds(var message):
                to.Bytes(message.Span);
                break;
            case PeerReply.Register(var message):
                to.Bytes(message.Span);
                break;
            case PeerReply.Topology(var newest, var disk, var options):
                to.U64(newest.Lineage);
                to.U64(newest.Number);
                to.U64(disk.Value);
                to.U64(options);
                break;
            case PeerReply.TooLow(var mark):
                to.U64(mark.Value);
                break;
            case PeerReply.Stale(var stamp):
                to.U64(stamp);
                break;
            case PeerReply.StaleEpoch(var mine):
                to.U64(mine.Lineage);
                to.U64(mine.Number);
                break;
            case PeerReply.Failed(var detail):
                to.Detail(detail);
                break;
            case PeerReply.Unreachable(var detail):
                to.Detail(detail);
                break;
            case PeerReply.Lost(var detail):
                to.Detail(detail);
                break;
        }

        to.End();
    }

    /// <summary>Appends a hello.</summary>
    public static void Hello(FrameWriter to, in Hello hello)
    {
        to.Begin(FrameType.Hello, hello.Session, hello.Epoch, microsecondsLeft: 0);
        to.U32(FrameFormat.Magic);
        to.U16(hello.VersionMin);
        to.U16(hello.VersionMax);
        to.Guid(hello.Cluster.Value);
        to.U64(hello.Node.Value);
        to.U64(hello.Expected.Value);
        to.U64(hello.Fingerprint);
        to.U8((byte)hello.Lane);
        to.End();
    }

    /// <summary>Appends the reason why the connection is closed.</summary>
    public static void Farewell(FrameWriter to, string reason)
    {
        to.Begin(FrameType.Farewell, requestId: 0, default, microsecondsLeft: 0);
        to.Detail(reason);
        to.End();
    }

    /// <summary>At least as many bytes as the frame of a request takes, and no more than some dozens too many where there is little text.</summary>
    public static long SizeBound(PeerRequest request) => FrameFormat.OverheadBytes + 16 + request switch
    {
        PeerRequest.ReadContainer(var key) => key.Length,
        PeerRequest.ReadDigest(var key) => key.Length,
        PeerRequest.ReadKept(var key) => key.Length,
        PeerRequest.Store(var key, var container, _, _, _) => key.Length + 40 + (long)ContainerCodec.SizeOf(container),
        PeerRequest.CoordinateRead(var key, _) => key.Length + 32,
        PeerRequest.CoordinateWrite(var key, var value, var options) => key.Length + OutcomeCodec.SizeBound(options) + (value is { } v ? OutcomeCodec.SizeBound(v) : 0),
        PeerRequest.ScanKeys(var prefix, _, var after, _) => prefix.Length + (after?.Length ?? 0),
        PeerRequest.ExchangeMembers(var table) => table.Length,
        PeerRequest.KeyLetter(var letter) => letter.Length,
        PeerRequest.Rounds(var message) => message.Length,
        PeerRequest.Register(var message) => message.Length,
        _ => 0L,
    };

    /// <summary>At least as many bytes as the frame of a reply takes.</summary>
    public static long SizeBound(PeerReply reply) => FrameFormat.OverheadBytes + 16 + reply switch
    {
        PeerReply.Held(var container, _) => ContainerCodec.SizeOf(container),
        PeerReply.Read(var outcome) => OutcomeCodec.SizeBound(outcome),
        PeerReply.Written(var outcome) => OutcomeCodec.SizeBound(outcome),
        PeerReply.Keys keys => SizeOf(keys),
        PeerReply.Members(var table) => table.Length,
        PeerReply.KeyLetter(var letter) => letter.Length,
        PeerReply.Rounds(var message) => message.Length,
        PeerReply.Register(var message) => message.Length,
        PeerReply.Topology => 32L,
        PeerReply.HeldDigest or PeerReply.Stored or PeerReply.StaleEpoch or PeerReply.Overloaded or PeerReply.Here or PeerReply.Room or PeerReply.TooLow or PeerReply.Stale => 16L,
        PeerReply.Status => 8 * FrameFormat.DetailCharsMax,
        PeerReply.Repair(var node) => FrameFormat.DetailCharsMax * (8L + (4 * node.Peers.Count)),
        _ => 3 * FrameFormat.DetailCharsMax,
    };

    private static void WriteKeys(FrameWriter to, PeerReply.Keys keys)
    {
        to.Bool(keys.Covered is not null);
        if (keys.Covered is { } covered)
        {
            to.U16(covered.Slot.Index);
            to.Key(covered.Key);
        }

        to.U32((uint)keys.Page.Count);
        for (var i = 0; i < keys.Page.Count; i++)
        {
            var held = keys.Page[i];
            to.Key(held.Key);
            to.Bool(held.Unknowing);
            to.Container(held.Container);
        }
    }

    private static long SizeOf(PeerReply.Keys keys)
    {
        var size = 16L + (keys.Covered?.Key.Length ?? 0);
        for (var i = 0; i < keys.Page.Count; i++)
        {
            size += 3 + keys.Page[i].Key.Length + ContainerCodec.SizeOf(keys.Page[i].Container);
        }

        return size;
    }

    private static FrameType TypeOf(PeerRequest request) => request switch
    {
        PeerRequest.ReadContainer => FrameType.ReadContainer,
        PeerRequest.ReadDigest => FrameType.ReadDigest,
        PeerRequest.Store => FrameType.Store,
        PeerRequest.CoordinateRead => FrameType.CoordinateRead,
        PeerRequest.CoordinateWrite => FrameType.CoordinateWrite,
        PeerRequest.ScanKeys => FrameType.ScanKeys,
        PeerRequest.HowAreYou => FrameType.HowAreYou,
        PeerRequest.Probe => FrameType.Probe,
        PeerRequest.ExchangeMembers => FrameType.ExchangeMembers,
        PeerRequest.KeyLetter => FrameType.AskKeys,
        PeerRequest.ReadKept => FrameType.ReadKept,
        PeerRequest.AskRoom => FrameType.AskRoom,
        PeerRequest.Rounds => FrameType.AskRounds,
        PeerRequest.Repair => FrameType.AskRepair,
        PeerRequest.Register => FrameType.AskRegister,
        PeerRequest.AskTopology => FrameType.AskTopology,
        _ => throw new InvalidOperationException($"No frame carries {request.GetType()}."),
    };

    private static FrameType TypeOf(PeerReply reply) => reply switch
    {
        PeerReply.Held => FrameType.Held,
        PeerReply.HeldDigest => FrameType.HeldDigest,
        PeerReply.Stored => FrameType.Stored,
        PeerReply.Refused => FrameType.Refused,
        PeerReply.Read => FrameType.Read,
        PeerReply.Written => FrameType.Written,
        PeerReply.Keys => FrameType.Keys,
        PeerReply.Status => FrameType.Status,
        PeerReply.StaleEpoch => FrameType.StaleEpoch,
        PeerReply.Overloaded => FrameType.Overloaded,
        PeerReply.Here => FrameType.Here,
        PeerReply.Members => FrameType.Members,
        PeerReply.KeyLetter => FrameType.TellKeys,
        PeerReply.Room => FrameType.Room,
        PeerReply.Rounds => FrameType.TellRounds,
        PeerReply.TooLow => FrameType.TooLow,
        PeerReply.Stale => FrameType.Stale,
        PeerReply.Repair => FrameType.TellRepair,
        PeerReply.Register => FrameType.TellRegister,
        PeerReply.Topology => FrameType.TellTopology,
        PeerReply.Failed or PeerReply.Unreachable or PeerReply.Lost => FrameType.Failed,
        _ => throw new InvalidOperationException($"No frame carries {reply.GetType()}."),
    };
}
