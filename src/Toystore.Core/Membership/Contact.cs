using System.Buffers.Binary;
using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>
/// What is held of one member. Two things, each of which only grows: the <see cref="Standing"/>, and the facts under the incarnation they were published with. They are joined separately, because an accusation carries no
/// facts: of who is accused in an incarnation that was not heard of before, the facts may be older than the standing.
/// </summary>
internal sealed class Contact(NodeId node)
{
    public NodeId Node { get; } = node;

    public Standing Standing { get; set; }

    public MemberState State => Standing.State;

    /// <summary>Who says that it is suspect or dead.</summary>
    public NodeId By { get; set; }

    public Incarnation FactsIncarnation { get; private set; }

    /// <summary>Null as long as it is known by accusations only: then it is in no list, and nobody is told of it.</summary>
    public MemberFacts? Facts { get; private set; }

    /// <summary>As they came: with what a later release may have added.</summary>
    public byte[] FactsBytes { get; private set; } = [];

    /// <summary>Of the facts.</summary>
    public ulong FactsDigest { get; private set; }

    /// <summary>Of all that a table says of it but who says so. Who wants to can find others with the same digest; so he can say that he holds the same when he does not.</summary>
    public ulong Digest => DigestOf(Node, Standing, FactsDigest);

    /// <summary>Since when the standing is what it is, by the driver's clock.</summary>
    public Instant Since { get; set; }

    /// <summary>There exactly if it is suspect and has facts.</summary>
    public Suspicion? Suspicion { get; set; }

    public bool IsLive => Facts is not null && State is MemberState.Alive or MemberState.Suspect;

    /// <summary>Its place in <see cref="MemberTable.Live"/> or <see cref="MemberTable.Dead"/>; -1 in neither.</summary>
    public int Place { get; set; } = -1;

    /// <summary>In which of the two lists it is.</summary>
    public List<Contact>? List { get; set; }

    public bool IsInProbeOrder { get; set; }

    /// <summary>How often the news of it was told; -1: it is told no longer.</summary>
    public int Told { get; set; } = -1;

    /// <summary>Its neighbours among <see cref="Rumours"/> told as often.</summary>
    public Contact? Before { get; set; }

    public Contact? After { get; set; }

    /// <summary>When it was last told directly what is held against it.</summary>
    public Instant AccusedAt { get; set; } = new(long.MinValue / 2);

    /// <summary>The last epoch that it was reported to have.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>
    /// Joins facts to those held: the later incarnation wins, and of different ones under the same incarnation, which two processes with one identity must have published, those with the greater bytes, so that all agree.
    /// False if they are not to be understood; nothing has changed then.
    /// </summary>
    public bool TakeFacts(Incarnation incarnation, ReadOnlySpan<byte> bytes, out bool haveChanged)
    {
        haveChanged = false;
        var isSame = bytes.SequenceEqual(FactsBytes);
        if (incarnation < FactsIncarnation || isSame || (incarnation == FactsIncarnation && bytes.SequenceCompareTo(FactsBytes) < 0))
        {
            FactsIncarnation = isSame && incarnation > FactsIncarnation ? incarnation : FactsIncarnation;
            return true;
        }

        if (FactsCodec.Decode(bytes) is not { } facts)
        {
            return false;
        }

        Publish(facts, bytes.ToArray(), incarnation);
        haveChanged = true;
        return true;
    }

    /// <summary>Replaces the facts.</summary>
    public void Publish(MemberFacts facts, byte[] bytes, Incarnation incarnation) => (Facts, FactsBytes, FactsDigest, FactsIncarnation) = (facts, bytes, DigestOf(bytes), incarnation);

    /// <summary>The <see cref="Digest"/> of a row of a table.</summary>
    public static ulong DigestOf(in SwimMessage row) => DigestOf(row.Node, row.Standing, DigestOf(row.Facts));

    /// <summary>Writes what is to be passed on about it: the facts only with good news. False if it does not fit.</summary>
    public bool TryWriteRumour(ref WireWriter writer)
    {
        var bytes = State switch
        {
            MemberState.Alive => FactsRoom,
            MemberState.Left => 0,
            _ => WireWriter.VarBytes(By.Value),
        };
        if (writer.Room < 1 + IdRoom + bytes)
        {
            return false;
        }

        var kind = State switch
        {
            MemberState.Alive => SwimMessageKind.Alive,
            MemberState.Suspect => SwimMessageKind.Suspect,
            MemberState.Dead => SwimMessageKind.Dead,
            MemberState.Left => SwimMessageKind.Left,
            _ => throw new InvariantException($"no such state: {State}"),
        };
        writer.U8((byte)kind);
        WriteId(ref writer);
        if (kind == SwimMessageKind.Alive)
        {
            WriteFacts(ref writer);
        }
        else if (kind != SwimMessageKind.Left)
        {
            writer.Var(By.Value);
        }

        return true;
    }

    /// <summary>Bytes that <see cref="WriteRow"/> writes.</summary>
    public int RowBytes => 2 + WireWriter.VarBytes(By.Value) + IdRoom + FactsRoom;

    /// <summary>Writes everything that is held of it.</summary>
    public void WriteRow(ref WireWriter writer)
    {
        writer.U8((byte)SwimMessageKind.Row);
        writer.U8((byte)State);
        writer.Var(By.Value);
        WriteId(ref writer);
        WriteFacts(ref writer);
    }

    private static ulong DigestOf(NodeId node, Standing standing, ulong facts) =>
        SplitMix.Mix(SplitMix.Mix(SplitMix.Mix(SplitMix.Mix(node.Value) ^ standing.Incarnation.Value) ^ (ulong)standing.State) ^ facts);

    private static ulong DigestOf(ReadOnlySpan<byte> bytes)
    {
        var digest = (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            digest = SplitMix.Mix(digest ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var last in bytes)
        {
            digest = SplitMix.Mix(digest ^ last);
        }

        return digest;
    }

    private ulong FactsBelow => Standing.Incarnation.Value - FactsIncarnation.Value;

    private int IdRoom => WireWriter.VarBytes(Node.Value) + WireWriter.VarBytes(Standing.Incarnation.Value);

    private int FactsRoom => WireWriter.VarBytes(FactsBelow) + WireWriter.VarBytes((ulong)FactsBytes.Length) + FactsBytes.Length;

    private void WriteId(ref WireWriter writer)
    {
        writer.Var(Node.Value);
        writer.Var(Standing.Incarnation.Value);
    }

    private void WriteFacts(ref WireWriter writer)
    {
        writer.Var(FactsBelow);
        writer.Var((ulong)FactsBytes.Length);
        writer.Bytes(FactsBytes);
    }
}
