namespace Toystore.Core.Placement;

/// <summary>A node as the topology document knows it.</summary>
/// <param name="Id">Who it is.</param>
/// <param name="PeerEndpoint">Where the other nodes reach it (TCP and, for gossip, UDP).</param>
public sealed record Member(NodeId Id, Endpoint PeerEndpoint)
{
    /// <summary>The zone of a member that was given none.</summary>
    public const string ZoneDefault = "default";

    /// <summary>The longest name of a zone, in characters.</summary>
    public const int ZoneCharsMax = 64;

    /// <summary>The largest <see cref="Weight"/>.</summary>
    public const int WeightMax = 1000;

    /// <summary>What fails together: a rack, a room, a data centre. 1 to 64 ASCII letters, digits, <c>-</c>, <c>.</c> and <c>_</c>. Default <c>default</c>.</summary>
    public string Zone { get; init; } = ZoneDefault;

    /// <summary>How much it owns compared to others: a weight of 2 owns twice what a weight of 1 owns. 1 to 1000, default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>What it is to the cluster. Default <see cref="MemberPhase.Present"/>; only a change of the topology makes it another.</summary>
    public MemberPhase Phase { get; init; }

    /// <summary>Where clients and the command line reach it over HTTP; null if it does not listen there.</summary>
    public Endpoint? HttpEndpoint { get; init; }

    /// <summary>Where Redis clients reach it; null if it does not listen there.</summary>
    public Endpoint? RedisEndpoint { get; init; }

    internal static bool IsZone(string? zone)
    {
        if (zone is not { Length: > 0 and <= ZoneCharsMax })
        {
            return false;
        }

        foreach (var c in zone)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
            {
                return false;
            }
        }

        return true;
    }
}
