namespace Toystore;

/// <summary>
/// Takes one node out of its clients' way before it is stopped, so that none of them meets a closed door. It goes on serving whoever still asks: it only says that it is not ready (<see cref="INodeHealth.Problem"/>), and its doors
/// ask clients to go elsewhere. Its copies stay where they are; the others keep for it what it misses. Forgotten when it stops.
/// </summary>
public interface INodeDrain
{
    /// <summary>How far it is.</summary>
    ValueTask<DrainReport> DrainReportAsync(CancellationToken cancellationToken = default);

    /// <summary>Begins it; changes nothing if it has begun.</summary>
    ValueTask<DrainReport> DrainAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes it back: the node is ready again.</summary>
    ValueTask<DrainReport> ResumeAsync(CancellationToken cancellationToken = default);
}

/// <summary>How far a node's clients have left it.</summary>
/// <param name="Id">The node.</param>
/// <param name="Draining">True if it asks its clients to go elsewhere.</param>
/// <param name="Underway">Requests of its clients that have not ended.</param>
/// <param name="Requests">Reads and writes of its clients since it started: while it stands still nobody asks any more.</param>
public sealed record DrainReport(string Id, bool Draining, int Underway, long Requests);
