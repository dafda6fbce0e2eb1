using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>
/// What a member publishes about itself, whole, under one incarnation: nothing of it is its identity, all of it may change. At most <see cref="FactsCodec.BytesMax"/> bytes on the wire, so that it always fits a packet.
/// </summary>
public sealed record MemberFacts
{
    /// <summary>The longest <see cref="Name"/> and <see cref="Version"/>, in characters.</summary>
    public const int TextCharsMax = 64;

    /// <summary>Which life of the process: chosen by chance at each start. Tells a member from another one that runs on a copy of its disk. Not 0.</summary>
    public required ulong Generation { get; init; }

    /// <summary>Where the others reach it: TCP, and UDP for gossip.</summary>
    public required Endpoint PeerEndpoint { get; init; }

    /// <summary>What people call it; printable ASCII, at most 64 characters, may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>What fails together with it. Default <c>default</c>; the same letters as <see cref="Member.Zone"/>.</summary>
    public string Zone { get; init; } = Member.ZoneDefault;

    /// <summary>Where it listens for HTTP; null if it does not.</summary>
    public Endpoint? HttpEndpoint { get; init; }

    /// <summary>Where Redis clients reach it; null if it does not listen there.</summary>
    public Endpoint? RedisEndpoint { get; init; }

    /// <summary>Which release it runs; printable ASCII, at most 64 characters, may be empty.</summary>
    public string Version { get; init; } = "";

    /// <summary>The oldest version of the peers' protocol that it speaks.</summary>
    public ushort ProtocolOldest { get; init; } = 1;

    /// <summary>The newest version of the peers' protocol that it speaks.</summary>
    public ushort ProtocolNewest { get; init; } = 1;

    /// <summary>True if every part is in its range.</summary>
    public bool IsValid =>
        Generation != 0 && PeerEndpoint.IsValid && HttpEndpoint is not { IsValid: false } && RedisEndpoint is not { IsValid: false }
        && IsText(Name) && IsText(Version) && Member.IsZone(Zone) && ProtocolOldest <= ProtocolNewest;

    private static bool IsText(string? text) => text is { Length: <= TextCharsMax } && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
