using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Membership;

/// <summary>Messages, as the others write them. Incarnations are (boot, counter) as one number; <see cref="Boot"/> is the first of boot 1.</summary>
internal static class Say
{
    public const ulong Boot = 1UL << 32;

    public static Endpoint At(int node) => new($"host-{node}", node);

    public static MemberFacts Facts(int node) => new() { Generation = (ulong)node, PeerEndpoint = At(node), Name = $"node-{node}" };

    public static byte[] Ping(uint sequence, int node) => Write(SwimMessageKind.Ping, (ref writer) =>
    {
        writer.U32(sequence);
        writer.Var((ulong)node);
    });

    public static byte[] Ack(uint sequence) => Write(SwimMessageKind.Ack, (ref writer) => writer.U32(sequence));

    public static byte[] Nack(uint sequence) => Write(SwimMessageKind.Nack, (ref writer) => writer.U32(sequence));

    public static byte[] PingRequest(uint sequence, int node, int nackAfter) => Write(SwimMessageKind.PingRequest, (ref writer) =>
    {
        writer.U32(sequence);
        writer.Var((ulong)node);
        writer.U16(nackAfter);
    });

    public static byte[] Alive(int node, ulong incarnation = Boot, MemberFacts? facts = null) => Write(SwimMessageKind.Alive, (ref writer) =>
    {
        writer.Var((ulong)node);
        writer.Var(incarnation);
        WriteFacts(ref writer, facts ?? Facts(node));
    });

    public static byte[] Suspect(int node, int by, ulong incarnation = Boot) => Accuse(SwimMessageKind.Suspect, node, by, incarnation);

    public static byte[] Dead(int node, int by, ulong incarnation = Boot) => Accuse(SwimMessageKind.Dead, node, by, incarnation);

    public static byte[] Left(int node, ulong incarnation = Boot) => Write(SwimMessageKind.Left, (ref writer) =>
    {
        writer.Var((ulong)node);
        writer.Var(incarnation);
    });

    public static byte[] Row(int node, ulong incarnation = Boot, MemberState state = MemberState.Alive, int by = 0, MemberFacts? facts = null) => Write(SwimMessageKind.Row, (ref writer) =>
    {
        writer.U8((byte)state);
        writer.Var((ulong)by);
        writer.Var((ulong)node);
        writer.Var(incarnation);
        WriteFacts(ref writer, facts ?? Facts(node));
    });

    public static byte[] Digest(ulong digest) => Write(SwimMessageKind.Digest, (ref writer) => writer.U64(digest));

    /// <summary>What is sealed: a head and messages.</summary>
    public static byte[] Body(int from, ulong incarnation, params byte[][] messages) => Body(new PacketHead(Scene.Id(from), new Incarnation(incarnation), default), messages);

    public static byte[] Body(PacketHead from, params byte[][] messages)
    {
        var head = new byte[PacketHead.BytesMax];
        var writer = new WireWriter(head);
        from.Write(ref writer, Scene.Cluster);
        return [.. head[..writer.Length], .. messages.SelectMany(message => message)];
    }

    /// <summary>Reads a packet to its end; fails if it cannot be read.</summary>
    public static List<Line> Read(PacketSeal seal, ReadOnlySpan<byte> packet)
    {
        Assert.Equal(SealVerdict.Opened, seal.Open(packet, new byte[packet.Length], out var body, out _));
        var reader = new WireReader(body);
        Assert.True(PacketHead.TryRead(ref reader, seal.Cluster, out _));
        var lines = new List<Line>();
        while (!reader.IsAtEnd)
        {
            Assert.True(SwimMessage.TryRead(ref reader, out var message));
            var news = $"{message.Kind} {message.Node} {message.Standing.Incarnation}".ToLowerInvariant();
            var text = message.Kind switch
            {
                SwimMessageKind.Ack or SwimMessageKind.Nack => message.Kind.ToString().ToLowerInvariant(),
                SwimMessageKind.Ping or SwimMessageKind.PingRequest => $"{message.Kind} {message.Node}".ToLowerInvariant(),
                SwimMessageKind.Suspect or SwimMessageKind.Dead => $"{news} by {message.By}",
                SwimMessageKind.Row => $"row {message.Node} {message.Standing}",
                _ => news,
            };
            lines.Add(new Line(message.Kind, message.Sequence, message.Node, text));
        }

        return lines;
    }

    private delegate void Writing(ref WireWriter writer);

    private static byte[] Accuse(SwimMessageKind kind, int node, int by, ulong incarnation) => Write(kind, (ref writer) =>
    {
        writer.Var((ulong)node);
        writer.Var(incarnation);
        writer.Var((ulong)by);
    });

    private static void WriteFacts(ref WireWriter writer, MemberFacts facts)
    {
        var bytes = FactsCodec.Encode(facts);
        writer.Var(0);
        writer.Var((ulong)bytes.Length);
        writer.Bytes(bytes);
    }

    private static byte[] Write(SwimMessageKind kind, Writing write)
    {
        var bytes = new byte[2048];
        var writer = new WireWriter(bytes);
        writer.U8((byte)kind);
        write(ref writer);
        return bytes[..writer.Length];
    }
}
