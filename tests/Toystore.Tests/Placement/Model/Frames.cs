using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Placement.Model;

internal enum FrameKind
{
    /// <summary>A new write, to an owner, or to a stand-in for one.</summary>
    New,

    /// <summary>A copy of what its sender holds: a hint's delivery, or a read's writing back.</summary>
    Copy,

    /// <summary>What a removed member has on its disk.</summary>
    Offer,

    Done,
    TooLow,
    Stale,

    /// <summary>The slot has changed since the request's document; the newer one comes along.</summary>
    Overtaken,
}

/// <summary>Something on its way. It may be lost, come twice, or come after anything else has happened.</summary>
internal sealed class Frame
{
    public required FrameKind Kind { get; init; }

    public required int From { get; init; }

    public required int To { get; init; }

    public required int Key { get; init; }

    /// <summary>The slot's last change as the sender knows it; and the document it knows it from, which the receiver may ask for.</summary>
    public int Since { get; init; }

    public int Epoch { get; init; }

    public Copy Content { get; init; }

    public int Write { get; init; }

    public int Stamp { get; init; }

    public bool ToStandIn { get; init; }

    /// <summary>The owners that a stand-in is asked to stand for.</summary>
    public int Owed { get; init; }

    public bool Counts { get; init; }

    public Request? Request { get; init; }

    /// <summary>The process that the answer is for.</summary>
    public int Actor { get; init; }

    public long Mark { get; init; }
}

/// <summary>A put, a delete or a read, as its coordinator has it in memory.</summary>
internal sealed class Request
{
    public required int Coordinator { get; init; }

    public required int Actor { get; init; }

    public required int Key { get; init; }

    /// <summary>The document by which it is carried out.</summary>
    public required Document Document { get; set; }

    /// <summary>The present dot of the write; -1 for a read.</summary>
    public int Write { get; set; } = -1;

    public Copy Token { get; init; }

    /// <summary>What a read has found so far.</summary>
    public Copy Found { get; set; }

    /// <summary>What a read must see: the writes that were done when it began.</summary>
    public ulong Must { get; init; }

    /// <summary>The owners that have answered a read.</summary>
    public int Asked { get; set; }

    public int Holders { get; set; }

    public int StandIns { get; set; }

    public int Tries { get; set; }

    public bool IsDone { get; set; }
}

/// <summary>Two members compare a slot, key by key, and give each other what differs. A former owner only gives.</summary>
internal sealed class Exchange
{
    public required int One { get; init; }

    public required int Other { get; init; }

    public required int OneActor { get; init; }

    public required int OtherActor { get; init; }

    public required int Slot { get; init; }

    public required int Since { get; init; }

    public required long OneFloor { get; init; }

    public required long OtherFloor { get; init; }

    public required bool OneKnew { get; init; }

    public required bool OtherKnew { get; init; }

    public required long Ticket { get; init; }

    public required ulong Tie { get; init; }

    /// <summary>The first is no owner any more: it gives away what it has.</summary>
    public required bool IsGift { get; init; }

    public int Key { get; set; }

    public Copy? Parcel { get; set; }

    public bool IsOneSynced { get; set; }
}
