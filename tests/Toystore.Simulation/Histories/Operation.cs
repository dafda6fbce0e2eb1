using System.Globalization;
using Toystore.Core;

namespace Toystore.Simulation.Histories;

/// <summary>Something that a client asked for. Moments are places in the order of all that was begun and ended: what ended at an earlier moment than something else began, came before it.</summary>
internal abstract class Operation(int client, int node, Key key)
{
    /// <summary>The client that looks at everything once more when all is mended.</summary>
    public const int LastReader = -1;

    /// <summary>Whose it is.</summary>
    public int Client => client;

    /// <summary>The node that was asked last.</summary>
    public int Node { get; set; } = node;

    public Key Key => key;

    /// <summary>When it began.</summary>
    public long Begin { get; set; }

    /// <summary>When its client was told how it ended; <see cref="long.MaxValue"/> until then.</summary>
    public long End { get; set; } = long.MaxValue;

    /// <summary>When it began, in the world's time.</summary>
    public TimeSpan BeganAt { get; set; }

    /// <summary>When it was sent last, in the world's time.</summary>
    public TimeSpan SentAt { get; set; }

    /// <summary>When it ended, in the world's time.</summary>
    public TimeSpan EndedAt { get; set; }

    /// <summary>True while its client waits.</summary>
    public bool IsPending => End == long.MaxValue;

    /// <summary>The client's name.</summary>
    public string Who => client == LastReader ? "the last reader" : string.Create(CultureInfo.InvariantCulture, $"client {client}");

    /// <summary>Where and when, as part of a sentence.</summary>
    protected string Where => string.Create(
        CultureInfo.InvariantCulture, $"through n{Node + 1:x}, from {BeganAt.TotalSeconds:0.000000} s to {(IsPending ? "now" : string.Create(CultureInfo.InvariantCulture, $"{EndedAt.TotalSeconds:0.000000} s"))}");
}
