using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Peers;

/// <summary>
/// The one place where bytes become messages. Takes whatever arrives: never throws for it, and allocates at most a small multiple of the bytes that are really there.
/// </summary>
internal static class FrameDecoder
{
    private const int HeldKeyBytesMin = 2 + 1 + 1 + 3;
    private const int StackBytesMax = 1024;

    /// <summary>
    /// Takes the next whole frame from the front of <paramref name="buffer"/>. False if it is not all there yet, or if it is bad: then <paramref name="problem"/> says why, and the connection is of no use any more.
    /// </summary>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, int frameBytesMax, out FrameHeader header, out ReadOnlySequence<byte> payload, out string? problem)
    {
        header = default;
        payload = default;
        problem = null;
        if (buffer.Length < FrameFormat.LengthBytes)
        {
            return false;
        }

        Span<byte> head = stackalloc byte[FrameFormat.HeaderBytes];
        buffer.Slice(0, Math.Min(FrameFormat.HeaderBytes, buffer.Length)).CopyTo(head);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head);
        if (length < FrameFormat.OverheadBytes - FrameFormat.LengthBytes || length > frameBytesMax - FrameFormat.LengthBytes)
        {
            problem = $"a frame says it has {length} bytes; {FrameFormat.OverheadBytes - FrameFormat.LengthBytes} to {frameBytesMax - FrameFormat.LengthBytes} are possible";
            return false;
        }

        var whole = FrameFormat.LengthBytes + (long)length;
        if (buffer.Length < whole)
        {
            return false;
        }

        var frame = buffer.Slice(0, whole);
        Span<byte> checksum = stackalloc byte[FrameFormat.ChecksumBytes];
        frame.Slice(whole - FrameFormat.ChecksumBytes).CopyTo(checksum);
        if (Crc32C.Of(frame.Slice(0, whole - FrameFormat.ChecksumBytes)) != BinaryPrimitives.ReadUInt32LittleEndian(checksum))
        {
            problem = "the checksum of a frame is wrong";
            return false;
        }

        if ((head[5] & ~FrameFormat.FlagsIgnorable) != 0)
        {
            problem = $"a frame has flags ({head[5]:x2}) that this version does not know";
            return false;
        }

        var epoch = new Epoch(BinaryPrimitives.ReadUInt64LittleEndian(head[14..]), BinaryPrimitives.ReadUInt64LittleEndian(head[22..]));
        header = new FrameHeader((FrameType)head[4], BinaryPrimitives.ReadUInt64LittleEndian(head[6..]), epoch, BinaryPrimitives.ReadUInt32LittleEndian(head[30..]));
        payload = frame.Slice(FrameFormat.HeaderBytes, whole - FrameFormat.OverheadBytes);
        buffer = buffer.Slice(whole);
        return true;
    }

    /// <summary>The request in a frame; null if the frame is no request, or not a sound one.</summary>
    public static PeerRequest? Request(FrameType type, in ReadOnlySequence<byte> payload)
    {
        if (type is FrameType.Store or FrameType.CoordinateWrite or FrameType.ExchangeMembers or FrameType.AskRounds or FrameType.AskRegister)
        {
            var owned = payload.ToArray();
            return Request(type, new FrameReader(owned, owned));
        }

        if (payload.IsSingleSegment)
        {
            return Request(type, new FrameReader(payload.FirstSpan, default));
        }

        Span<byte> scratch = payload.Length <= StackBytesMax ? stackalloc byte[(int)payload.Length] : new byte[payload.Length];
        payload.CopyTo(scratch);
        return Request(type, new FrameReader(scratch, default));
    }

    /// <summary>The reply in a frame; null if the frame is no reply, or not a sound one.</summary>
    public static PeerReply? Reply(FrameType type, in ReadOnlySequence<byte> payload)
    {
        if (type is FrameType.Held or FrameType.Read or FrameType.Keys or FrameType.Members or FrameType.TellRounds or FrameType.TellRegister)
        {
            var owned = payload.ToArray();
            return Reply(type, new FrameReader(owned, owned));
        }

        if (payload.IsSingleSegment)
        {
            return Reply(type, new FrameReader(payload.FirstSpan, default));
        }

        Span<byte> scratch = payload.Length <= StackBytesMax ? stackalloc byte[(int)payload.Length] : new byte[payload.Length];
        payload.CopyTo(scratch);
        return Reply(type, new FrameReader(scratch, default));
    }

    /// <summary>The hello in a frame; false if it is none. Bytes after what this version knows are passed over: a hello may grow.</summary>
    public static bool TryHello(in FrameHeader header, in ReadOnlySequence<byte> payload, out Hello hello)
    {
        hello = default;
        if (header.Type != FrameType.Hello)
        {
            return false;
        }

        var from = new FrameReader(payload.ToArray(), default);
        if (from.U32() != FrameFormat.Magic)
        {
            return false;
        }

        var (min, max) = (from.U16(), from.U16());
        var cluster = new ClusterId(from.Guid());
        var (node, expected) = (new NodeId(from.U64()), new NodeId(from.U64()));
        var fingerprint = from.U64();
        var lane = (PeerLane)from.U8((int)PeerLane.Bulk);
        hello = new Hello(min, max, cluster, node, expected, header.Epoch, fingerprint, lane, header.RequestId);
        return !from.HasFailed && node != default;
    }

    /// <summary>The reason in a farewell; null if the frame is none.</summary>
    public static string? Farewell(in FrameHeader header, in ReadOnlySequence<byte> payload)
    {
        if (header.Type != FrameType.Farewell || payload.Length > FrameFormat.HelloBytesMax)
        {
            return null;
        }

        var from = new FrameReader(payload.ToArray(), default);
        var reason = from.Text();
        return from.IsWhole ? reason : null;
    }

    private static PeerRequest? Request(FrameType type, FrameReader from)
    {
        PeerRequest? request = type switch
        {
            FrameType.ReadContainer => new PeerRequest.ReadContainer(from.Key()),
            FrameType.ReadDigest => new PeerRequest.ReadDigest(from.Key()),
            FrameType.Store => Store(ref from),
            FrameType.CoordinateRead => new PeerRequest.CoordinateRead(from.Key(), OutcomeCodec.ReadOptions(ref from)),
            FrameType.CoordinateWrite => CoordinateWrite(ref from),
            FrameType.ScanKeys => ScanKeys(ref from),
            FrameType.HowAreYou => PeerRequest.HowAreYou.Instance,
            FrameType.Probe => PeerRequest.Probe.Instance,
            FrameType.ExchangeMembers => new PeerRequest.ExchangeMembers(from.Bytes()),
            FrameType.AskKeys => new PeerRequest.KeyLetter(from.Bytes()),
            FrameType.ReadKept => new PeerRequest.ReadKept(from.Key()),
            FrameType.AskRoom => new PeerRequest.AskRoom(from.I32(), from.I64(), from.U8()),
            FrameType.AskRounds => new PeerRequest.Rounds(from.Bytes()),
            FrameType.AskRepair => Repair(ref from),
            FrameType.AskRegister => new PeerRequest.Register(from.Bytes()),
            FrameType.AskTopology => new PeerRequest.AskTopology(new Epoch(from.U64(), from.U64())),
            _ => null,
        };
        return from.IsWhole ? request : null;
    }

    private static PeerReply? Reply(FrameType type, FrameReader from)
    {
        PeerReply? reply = type switch
        {
            FrameType.Held => Held(ref from),
            FrameType.HeldDigest => new PeerReply.HeldDigest(from.U64(), from.Bool()),
            FrameType.Stored => Stored(from.U64()),
            FrameType.Refused => new PeerReply.Refused((StoreWrite)from.U8((int)StoreWrite.Overloaded), from.Text()),
            FrameType.Read => OutcomeCodec.ReadOutcome(ref from) is { } read ? new PeerReply.Read(read) : null,
            FrameType.Written => OutcomeCodec.WriteOutcome(ref from) is { } written ? new PeerReply.Written(written) : null,
            FrameType.Keys => Keys(ref from),
            FrameType.Status => Status(ref from),
            FrameType.StaleEpoch => new PeerReply.StaleEpoch(new Epoch(from.U64(), from.U64())),
            FrameType.Overloaded => PeerReply.Overloaded.Instance,
            FrameType.Here => PeerReply.Here.Instance,
            FrameType.Members => new PeerReply.Members(from.Bytes()),
            FrameType.TellKeys => new PeerReply.KeyLetter(from.Bytes()),
            FrameType.Room => new PeerReply.Room(from.Bool(), TimeSpan.FromTicks(from.I64())),
            FrameType.TellRounds => new PeerReply.Rounds(from.Bytes()),
            FrameType.TooLow => new PeerReply.TooLow(new HybridTime(from.U64())),
            FrameType.Stale => new PeerReply.Stale(from.U64()),
            FrameType.TellRepair => Repaired(ref from),
            FrameType.TellRegister => new PeerReply.Register(from.Bytes()),
            FrameType.TellTopology => new PeerReply.Topology(new Epoch(from.U64(), from.U64()), new DiskId(from.U64()), from.U64()),
            FrameType.Failed => new PeerReply.Failed(from.Text()),
            _ => null,
        };
        return from.IsWhole ? reply : null;
    }

    private static PeerRequest.Store Store(ref FrameReader from)
    {
        var key = from.Key();
        var durability = (Durability)from.U8((int)Durability.Os);
        var flags = from.U8(max: 63);
        var target = (flags & 4) != 0 ? new NodeId(from.U64()) : default;
        if ((flags & 4) != 0 && target == default)
        {
            from.Fail();
        }

        var newest = (flags & 16) != 0 ? new Dot(new ActorId(new NodeId(from.U64()), from.U64()), new HybridTime(from.U64())) : default;
        var stamp = (flags & 32) != 0 ? from.U64() : 0;
        if (((flags & 16) != 0 && newest == default) || ((flags & 32) != 0 && stamp == 0))
        {
            from.Fail();
        }

        return new PeerRequest.Store(key, from.Container(), durability, (flags & 1) != 0, (flags & 2) != 0) { For = target, Counts = (flags & 8) != 0, Newest = newest, Stamp = stamp };
    }

    private static PeerRequest.CoordinateWrite CoordinateWrite(ref FrameReader from)
    {
        var key = from.Key();
        var options = OutcomeCodec.WriteOptions(ref from);
        return new PeerRequest.CoordinateWrite(key, from.Bool() ? OutcomeCodec.Value(ref from) : null, options);
    }

    private static PeerRequest.ScanKeys ScanKeys(ref FrameReader from)
    {
        var prefix = from.Bytes();
        var first = Slot(ref from);
        Key? after = from.Bool() ? from.Key() : default(Key?);
        return new PeerRequest.ScanKeys(prefix, first, after, from.I32());
    }

    private static PeerReply.Held Held(ref FrameReader from)
    {
        var unknowing = from.Bool();
        return new PeerReply.Held(from.Container(), unknowing);
    }

    private static readonly PeerReply.Stored NothingHigher = new(default(HybridTime));

    private static PeerReply.Stored Stored(ulong higher) => higher == 0 ? NothingHigher : new PeerReply.Stored(new HybridTime(higher));

    private static PeerReply.Keys Keys(ref FrameReader from)
    {
        ScanPosition? covered = from.Bool() ? new ScanPosition(Slot(ref from), from.Key()) : null;
        var page = new HeldKey[from.Count(HeldKeyBytesMin)];
        for (var i = 0; i < page.Length && !from.HasFailed; i++)
        {
            var key = from.Key();
            var unknowing = from.Bool();
            page[i] = new HeldKey(key, from.Container(), unknowing);
        }

        return new PeerReply.Keys(page, covered);
    }

    private static PeerReply.Status? Status(ref FrameReader from)
    {
        try
        {
            return JsonSerializer.Deserialize(from.Rest(), PeerJson.Default.NodeStatus) is { Version: not null, Durability: not null } node ? new PeerReply.Status(node) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static PeerRequest.Repair Repair(ref FrameReader from)
    {
        var (begins, isOfSlot, slot) = (from.Bool(), from.Bool(), Slot(ref from));
        return new PeerRequest.Repair(begins, isOfSlot ? slot : null);
    }

    private static PeerReply.Repair? Repaired(ref FrameReader from)
    {
        try
        {
            return JsonSerializer.Deserialize(from.Rest(), PeerJson.Default.NodeRepair) is { Id: not null, Peers: { } peers } node && !peers.Any(peer => peer is not { Id: not null }) ? new PeerReply.Repair(node) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Slot Slot(ref FrameReader from)
    {
        var index = from.U16();
        if (index >= Core.Placement.Slot.Count)
        {
            from.Fail();
        }

        return new Slot(index);
    }
}
