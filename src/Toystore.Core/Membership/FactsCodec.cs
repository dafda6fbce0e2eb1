using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>
/// <see cref="MemberFacts"/> as bytes: u64 generation, text name, endpoint, u8 has (1 HTTP, 2 Redis), [endpoint], [endpoint], text zone, text version, u16 oldest, u16 newest protocol. An endpoint is text host, u16 port; a text
/// a length byte and ASCII. Later releases may add bytes at the end: these are not understood, but kept and passed on.
/// </summary>
internal static class FactsCodec
{
    /// <summary>The longest encoding, in bytes; leaves room in the smallest packet.</summary>
    public const int BytesMax = 1024;

    public static byte[] Encode(MemberFacts facts)
    {
        Invariant.Require(facts.IsValid, "only valid facts are published");
        Span<byte> room = stackalloc byte[BytesMax];
        var writer = new WireWriter(room);
        writer.U64(facts.Generation);
        writer.Text(facts.Name);
        Write(ref writer, facts.PeerEndpoint);
        writer.U8((byte)((facts.HttpEndpoint is null ? 0 : 1) | (facts.RedisEndpoint is null ? 0 : 2)));
        if (facts.HttpEndpoint is { } http)
        {
            Write(ref writer, http);
        }

        if (facts.RedisEndpoint is { } redis)
        {
            Write(ref writer, redis);
        }

        writer.Text(facts.Zone);
        writer.Text(facts.Version);
        writer.U16(facts.ProtocolOldest);
        writer.U16(facts.ProtocolNewest);
        return room[..writer.Length].ToArray();
    }

    /// <summary>Null for what is no encoding of valid facts.</summary>
    public static MemberFacts? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax)
        {
            return null;
        }

        var reader = new WireReader(bytes);
        var generation = reader.U64();
        var name = reader.Text();
        var peer = Read(ref reader);
        var has = reader.U8();
        Endpoint? http = (has & 1) != 0 ? Read(ref reader) : null;
        Endpoint? redis = (has & 2) != 0 ? Read(ref reader) : null;
        var zone = reader.Text(usual: Member.ZoneDefault);
        var version = reader.Text();
        var (oldest, newest) = (reader.U16(), reader.U16());
        if (reader.HasFailed || has > 3)
        {
            return null;
        }

        var facts = new MemberFacts
        {
            Generation = generation,
            Name = name,
            PeerEndpoint = peer,
            HttpEndpoint = http,
            RedisEndpoint = redis,
            Zone = zone,
            Version = version,
            ProtocolOldest = oldest,
            ProtocolNewest = newest,
        };
        return facts.IsValid ? facts : null;
    }

    private static void Write(ref WireWriter writer, Endpoint endpoint)
    {
        writer.Text(endpoint.Host);
        writer.U16(endpoint.Port);
    }

    private static Endpoint Read(ref WireReader reader) => new(reader.Text(), reader.U16());
}
