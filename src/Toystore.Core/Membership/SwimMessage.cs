namespace Toystore.Core.Membership;

/// <summary>What stands in a packet after its head. The numbers are the wire's.</summary>
internal enum SwimMessageKind : byte
{
    /// <summary>u32 sequence, u64 for whom. "Are you there?" A member with another id does not answer: the address has changed hands.</summary>
    Ping = 1,

    /// <summary>u32 sequence. "I am", or "it is" by a helper.</summary>
    Ack = 2,

    /// <summary>u32 sequence. A helper: "I heard your request, and nothing from there so far."</summary>
    Nack = 3,

    /// <summary>u32 sequence, u64 whom, u16 milliseconds until a nack. "Try it for me."</summary>
    PingRequest = 4,

    /// <summary>u64 member, u64 incarnation, u64 incarnation of the facts, u16 length, facts.</summary>
    Alive = 5,

    /// <summary>u64 member, u64 incarnation, u64 who says so.</summary>
    Suspect = 6,

    /// <summary>u64 member, u64 incarnation, u64 who says so.</summary>
    Dead = 7,

    /// <summary>u64 member, u64 incarnation. Has no accuser: nobody says it of another.</summary>
    Left = 8,

    /// <summary>u8 state, u64 accuser, then as Alive. A row of a table.</summary>
    Row = 9,
}

/// <summary>One message, as it was read: valid as long as the packet is.</summary>
internal readonly ref struct SwimMessage
{
    public SwimMessageKind Kind { get; init; }

    public uint Sequence { get; init; }

    /// <summary>Whom it is about.</summary>
    public NodeId Node { get; init; }

    public Standing Standing { get; init; }

    /// <summary>Who says so; nobody in what a member says itself.</summary>
    public NodeId By { get; init; }

    public Incarnation FactsIncarnation { get; init; }

    /// <summary>Encoded facts, empty if there are none.</summary>
    public ReadOnlySpan<byte> Facts { get; init; }

    public TimeSpan NackAfter { get; init; }

    /// <summary>Takes the next message off a packet. False for what is none.</summary>
    public static bool TryRead(ref WireReader reader, out SwimMessage message)
    {
        var kind = (SwimMessageKind)reader.U8();
        message = kind switch
        {
            SwimMessageKind.Ping => new SwimMessage { Kind = kind, Sequence = reader.U32(), Node = new NodeId(reader.U64()) },
            SwimMessageKind.Ack or SwimMessageKind.Nack => new SwimMessage { Kind = kind, Sequence = reader.U32() },
            SwimMessageKind.PingRequest => new SwimMessage { Kind = kind, Sequence = reader.U32(), Node = new NodeId(reader.U64()), NackAfter = TimeSpan.FromMilliseconds(reader.U16()) },
            SwimMessageKind.Alive => News(ref reader, kind, MemberState.Alive, default),
            SwimMessageKind.Suspect => Accusation(ref reader, kind, MemberState.Suspect),
            SwimMessageKind.Dead => Accusation(ref reader, kind, MemberState.Dead),
            SwimMessageKind.Left => new SwimMessage { Kind = kind, Node = new NodeId(reader.U64()), Standing = new Standing(new Incarnation(reader.U64()), MemberState.Left) },
            SwimMessageKind.Row => News(ref reader, kind, (MemberState)reader.U8(), new NodeId(reader.U64())),
            _ => default,
        };
        return !reader.HasFailed && message.Kind != 0 && message.Standing.State <= MemberState.Left && message.FactsIncarnation <= message.Standing.Incarnation;
    }

    private static SwimMessage Accusation(ref WireReader reader, SwimMessageKind kind, MemberState state) =>
        new() { Kind = kind, Node = new NodeId(reader.U64()), Standing = new Standing(new Incarnation(reader.U64()), state), By = new NodeId(reader.U64()) };

    private static SwimMessage News(ref WireReader reader, SwimMessageKind kind, MemberState state, NodeId by) => new()
    {
        Kind = kind,
        By = by,
        Node = new NodeId(reader.U64()),
        Standing = new Standing(new Incarnation(reader.U64()), state),
        FactsIncarnation = new Incarnation(reader.U64()),
        Facts = reader.Bytes(reader.U16()),
    };
}
