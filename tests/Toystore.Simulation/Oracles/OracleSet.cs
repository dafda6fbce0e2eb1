using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Simulation.Histories;
using Toystore.Storage;

namespace Toystore.Simulation.Oracles;

/// <summary>All oracles of a run, and the history that they judge by.</summary>
internal sealed class OracleSet
{
    // Longer than any request takes, and what it leaves behind.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    private readonly IClusterUnderTest _cluster;
    private readonly IReadOnlyList<IOracle> _oracles;
    private readonly Bounds _bounds;
    private readonly Decrees _decrees;

    public OracleSet(IClusterUnderTest cluster)
    {
        _cluster = cluster;
        History = new History(cluster);
        _bounds = new Bounds(cluster, History.Ledger);
        _decrees = new Decrees(cluster);
        History.Oracles = _oracles =
        [
            new Outcomes(cluster, History),
            new ConditionalWrites(cluster, History),
            new UniqueDots(cluster, History),
            new DurableWhenTold(cluster, History),
            new AcknowledgedWritesSurvive(cluster, History),
            new DeletedStaysDeleted(cluster, History),
            new LastWriteWins(cluster, History),
            new Sessions(cluster, History),
            new CausalModel(cluster, History),
            new Listings(cluster, History),
            _bounds,
            new Deadlines(cluster),
            new ErrorLogs(cluster),
            new Hints(cluster, History),
            new Scrubbed(cluster, History),
            new Floors(cluster, History),
            new Trees(cluster, History),
            new Convergence(cluster, History),
            new Membership(cluster),
            new RolledBackDisks(cluster),
            new Refilled(cluster, History),
            _decrees,
        ];
    }

    /// <summary>What clients asked and were told.</summary>
    public History History { get; }

    /// <summary>A batch became visible on a node's disk; or, with <paramref name="synced"/>, reached the platter, at once or after it had been visible.</summary>
    public void Written(int node, StoreBatch batch, bool synced)
    {
        History.Ledger.Written(node, batch, synced);
        _decrees.Written(node, batch);
    }

    /// <summary>A change of the topology was made, as its proposer was told.</summary>
    public void Changed(string what) => _decrees.Changed(what);

    /// <summary>A node's disk is not as its process left it: looks what is on it now.</summary>
    public void DiskChanged(int node, DiskLoss how) => History.Ledger.DiskChanged(node, how);

    /// <summary>What is on the platter of a key was damaged.</summary>
    public void Damaged(int node, Key key) => History.Ledger.Damaged(node, key);

    /// <summary>A node's wall clock was set. Call it after every jump.</summary>
    public void ClockWasSet() => History.ClockWasSet();

    /// <summary>Frames were handed to a wire, all at once.</summary>
    public void Sent(string wire, int frames, int bytes)
    {
        foreach (var oracle in _oracles)
        {
            oracle.Sent(wire, frames, bytes);
        }
    }

    /// <summary>A node has logged something.</summary>
    public void Logged(string node, LogLevel level, string text)
    {
        foreach (var oracle in _oracles)
        {
            oracle.Logged(node, level, text);
        }
    }

    /// <summary>Looks at what changes without anybody being told. Call it every so often.</summary>
    public void Sample()
    {
        foreach (var oracle in _oracles)
        {
            oracle.Sampled();
        }
    }

    /// <summary>The end of a run: everything works again, all nodes are up, and all clients have gone home.</summary>
    public async Task EndAsync()
    {
        foreach (var oracle in _oracles)
        {
            await oracle.MendedAsync();
        }

        await _cluster.Loop.PassAsync(Rest);
        await _bounds.RestAsync();
        foreach (var oracle in _oracles)
        {
            oracle.CameToRest();
        }
    }
}
