using Microsoft.Extensions.Logging;
using Toystore.Core.Versions;
using Toystore.Simulation.Histories;
using Toystore.Storage;

namespace Toystore.Simulation.Oracles;

/// <summary>Watches a run for one kind of broken promise. It hears of everything at the moment at which it happens, and may look at the history and at the disks.</summary>
internal interface IOracle
{
    /// <summary>A client has asked for something.</summary>
    void Began(Operation operation)
    {
    }

    /// <summary>A client sends a write again, of which it does not know how it ended.</summary>
    void SentAgain(WriteOp write)
    {
    }

    /// <summary>Frames were handed to a wire, all at once.</summary>
    void Sent(string wire, int frames, int bytes)
    {
    }

    /// <summary>A client was told how it ended, or lost the connection; for a write that is sent again, each time.</summary>
    void Ended(Operation operation)
    {
    }

    /// <summary>A dot is on a disk that was on none before. <paramref name="write"/>: whose it is; null if no client sent such a write.</summary>
    void FirstStored(StoredDot stored, WriteOp? write)
    {
    }

    /// <summary>A dot is on a disk, and was on one before.</summary>
    void StoredAgain(StoredDot stored, StoredDot first)
    {
    }

    /// <summary>A node has removed what it kept of a key for an owner.</summary>
    void HintRemoved(int holder, StoreKey place, Container held)
    {
    }

    /// <summary>A node has logged something.</summary>
    void Logged(string node, LogLevel level, string text)
    {
    }

    /// <summary>Some time has passed.</summary>
    void Sampled()
    {
    }

    /// <summary>Everything works again, all nodes are up, and all clients have gone home.</summary>
    Task MendedAsync() => Task.CompletedTask;

    /// <summary>The run is over, and nothing was asked of the cluster for a while.</summary>
    void CameToRest()
    {
    }
}
