namespace Toystore.Tests.Healing.Model;

internal enum FrameKind
{
    /// <summary>A new write, to an owner, or to a stand-in for one.</summary>
    New,

    /// <summary>A copy of what its sender holds: a hint's delivery, or a read's writing back.</summary>
    Copy,

    Done,
    TooLow,
    Stale,
}

/// <summary>Something on its way. It may be lost, come twice, or come after anything else has happened.</summary>
internal sealed class Frame
{
    public required FrameKind Kind { get; init; }

    public required int From { get; init; }

    public required int To { get; init; }

    public required int Key { get; init; }

    public Copy Content { get; init; }

    public int Write { get; init; }

    public int Stamp { get; init; }

    /// <summary>The owner that a stand-in is asked to stand for; -1 if none.</summary>
    public int StandsFor { get; init; } = -1;

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

    /// <summary>The present dot of the write; -1 for a read.</summary>
    public int Write { get; set; } = -1;

    public Copy Token { get; init; }

    /// <summary>What a read found.</summary>
    public ulong Found { get; init; }

    public int Holders { get; set; }

    /// <summary>A hint of its own that is counted by mistake.</summary>
    public int OwnHints { get; set; }

    public int Tries { get; set; }

    public bool IsDone { get; set; }
}

/// <summary>What is to be said when the disk has it.</summary>
internal readonly record struct Acknowledgement(Frame Frame, Copy Confirms);
