namespace Toystore.Cli.Bench;

/// <summary>What load to make. The defaults are those of the command line.</summary>
internal sealed record BenchOptions
{
    public required IReadOnlyList<NodeAddress> Nodes { get; init; }

    /// <summary>Connections, each with one request at a time.</summary>
    public int Connections { get; init; } = 16;

    /// <summary>Requests a second in an open loop; null for a closed loop, in which each connection sends its next request when the last is answered.</summary>
    public double? Rate { get; init; }

    /// <summary>0..100.</summary>
    public int ReadPercent { get; init; } = 50;

    public int Keys { get; init; } = 10_000;

    /// <summary>Exponent of a Zipf distribution; null for uniform.</summary>
    public double? ZipfExponent { get; init; }

    public int ValueBytes { get; init; } = 100;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    public int? R { get; init; }

    public int? W { get; init; }

    /// <summary><c>fsync</c>, <c>os</c>, or null for what the cluster is set up for.</summary>
    public string? Durability { get; init; }

    /// <summary><c>lww</c> or <c>siblings</c>.</summary>
    public string Policy { get; init; } = "lww";

    /// <summary>How often a request that was not done is sent again.</summary>
    public int Retries { get; init; }

    public int Seed { get; init; } = 1;

    public string Prefix { get; init; } = "bench:";

    public bool Preload { get; init; } = true;

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
