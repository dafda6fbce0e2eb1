using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;

namespace Toystore.Simulation.Membership;

/// <summary>A member of a <see cref="SwimWorld"/>, and what is counted of it.</summary>
internal sealed class SwimMember(int number)
{
    /// <summary>How much waits for one that is paused: the buffer of a socket.</summary>
    public const int WaitingMax = 1000;

    public int Number { get; } = number;

    /// <summary>Its state machine; null if it does not run.</summary>
    public Swim? Swim { get; set; }

    public int Boot { get; set; }

    public bool IsUp { get; set; }

    public bool IsPaused { get; set; }

    /// <summary>Its clock goes on, but nothing it sends gets out, and nothing in.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Members on different sides do not reach each other.</summary>
    public int Side { get; set; }

    public long Sent { get; set; }

    public long SentBytes { get; set; }

    public long Received { get; set; }

    /// <summary>Packets sent in the current second, and in the worst.</summary>
    public int SentNow { get; set; }

    public int SentNowMax { get; set; }

    public long Second { get; set; } = -1;

    public Instant WakesAt { get; set; } = Instant.Never;

    public List<Happening> Waiting { get; } = [];

    public List<Happening> Outgoing { get; } = [];
}

/// <summary>What can happen in a <see cref="SwimWorld"/>.</summary>
internal enum HappeningKind
{
    Wake,
    Packet,
    Pinged,
    Exchange,
    Answer,
    Resume,
    Call,
}

/// <summary>Something that happens to a member.</summary>
internal readonly record struct Happening(HappeningKind Kind, int Member, Endpoint From, byte[]? Bytes, int Number)
{
    public Action? Run { get; init; }
}
