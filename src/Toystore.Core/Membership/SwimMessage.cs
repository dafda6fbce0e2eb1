namespace Toystore.Core.Membership;

/// <summary>What stands in a packet after its head. The numbers are the wire's; ids, incarnations and lengths are as short as they are (<see cref="WireWriter.Var"/>), an incarnation of facts is how far it is below the other.</summary>
internal enum SwimMessageKind : byte
{
    /// <summary>u32 sequence, for whom. "Are you there?" A member with another id does not answer: the address has changed hands.</summary>
    Ping = 1,

    /// <summary>u32 sequence. "I am", or "it is" by a helper.</summary>
    Ack = 2,

    /// <summary>u32 sequence. A helper: "I heard your request, and nothing from there so far."</summary>
    Nack = 3,

    /// <summary>u32 sequence, whom, u16 milliseconds until a nack. "Try it for me."</summary>
    PingRequest = 4,

    /// <summary>member, incarnation, incarnation of the facts, length, facts.</summary>
    Alive = 5,

    /// <summary>member, incarnation, who says so.</summary>
    Suspect = 6,

    /// <summary>member, incarnation, who says so.</summary>
    Dead = 7,

    /// <summary>member, incarnation. Has no accuser: nobody says it of another.</summary>
    Left = 8,

    /// <summary>u8 state, accuser, then as Alive. A row of a table.</summary>
    Row = 9,

    /// <summary>u64 sum over all rows (<see cref="Contact.Digest"/>). Takes the place of a table's rows.</summary>
    Digest = 10,
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

    /// <summary>Of a whole table.</summary>
    public ulong Digest { get; init; }

    /// <summary>Takes the next message off a packet. False for what is none.</summary>
    public static bool TryRead(ref WireReader reader, out SwimMessage message)
    {
        var kind = (SwimMessageKind)reader.U8();
        message = kind switch
        {
            SwimMessageKind.Ping => new SwimMessage { Kind = kind, Sequence = reader.U32(), Node = new NodeId(reader.Var()) },
            SwimMessageKind.Ack or SwimMessageKind.Nack => new SwimMessage { Kind = kind, Sequence = reader.U32() },
            SwimMessageKind.PingRequest => new SwimMessage { Kind = kind, Sequence = reader.U32(), Node = new NodeId(reader.Var()), NackAfter = TimeSpan.FromMilliseconds(reader.U16()) },
            SwimMessageKind.Alive => News(ref reader, kind, MemberState.Alive, default),
            SwimMessageKind.Suspect => Accusation(ref reader, kind, MemberState.Suspect),
            SwimMessageKind.Dead => Accusation(ref reader, kind, MemberState.Dead),
            SwimMessageKind.Left => new SwimMessage { Kind = kind, Node = new NodeId(reader.Var()), Standing = new Standing(new Incarnation(reader.Var()), MemberState.Left) },
            SwimMessageKind.Row => News(ref reader, kind, (MemberState)reader.U8(), new NodeId(reader.Var())),
            SwimMessageKind.Digest => new SwimMessage { Kind = kind, Digest = reader.U64() },
            _ => default,
        };
        return !reader.HasFailed && message.Kind != 0 && message.Standing.State <= MemberState.Left && message.FactsIncarnation <= message.Standing.Incarnation;
    }

    private static SwimMessage Accusation(ref WireReader reader, SwimMessageKind kind, MemberState state) =>
        new() { Kind = kind, Node = new NodeId(reader.Var()), Standing = new Standing(new Incarnation(reader.Var()), state), By = new NodeId(reader.Var()) };

    private static SwimMessage News(ref WireReader reader, SwimMessageKind kind, MemberState state, NodeId by)
    {
        var (node, incarnation, below) = (new NodeId(reader.Var()), reader.Var(), reader.Var());
        return new SwimMessage
        {
            Kind = kind,
            By = by,
            Node = node,
            Standing = new Standing(new Incarnation(incarnation), state),
            FactsIncarnation = new Incarnation(incarnation - below),
            Facts = reader.Bytes((int)Math.Min(reader.Var(), int.MaxValue)),
        };
    }
}
