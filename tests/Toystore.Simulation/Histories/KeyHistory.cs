using System.Runtime.InteropServices;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Simulation.Histories;

/// <summary>What happened to one key.</summary>
internal sealed class KeyHistory(Key key, Quorums quorums, bool isLastWrite)
{
    public Key Key => key;

    /// <summary>How many copies it has, and how many owners answer unless a request says otherwise.</summary>
    public Quorums Quorums => quorums;

    /// <summary>True if its last write wins; otherwise concurrent values stand side by side.</summary>
    public bool IsLastWrite => isLastWrite;

    /// <summary>In the order in which they began.</summary>
    public List<WriteOp> Writes { get; } = [];

    /// <summary>Those whose client waits.</summary>
    public List<WriteOp> Pending { get; } = [];

    /// <summary>Those of which it is known that some owner knows them.</summary>
    public List<WriteOp> Settled { get; } = [];

    /// <summary>By the name of a write: those whose client may have seen it. Of most there are none.</summary>
    public Dictionary<string, List<WriteOp>> Successors { get; } = [];

    /// <summary>What reads have shown to be gone.</summary>
    public List<Absence> Absences { get; } = [];

    /// <summary>A client is about to write.</summary>
    public void Add(WriteOp write)
    {
        Writes.Add(write);
        Pending.Add(write);
        foreach (var name in write.Seen?.Perhaps ?? new HashSet<string>())
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(Successors, name, out _) ??= []).Add(write);
        }
    }
}

/// <summary>A read did not show what its context covers: whatever that is, it was replaced.</summary>
/// <param name="Context">What the read had seen.</param>
/// <param name="Shown">The values that it showed.</param>
/// <param name="Fact">How many owners know.</param>
internal sealed record Absence(VersionVector Context, IReadOnlySet<string> Shown, Fact Fact);
