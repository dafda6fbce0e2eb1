namespace Toystore.Cli.Transfer;

/// <summary>What an import and an export have in common.</summary>
internal sealed record TransferOptions
{
    /// <summary>Full path of the directory.</summary>
    public required string Directory { get; init; }

    /// <summary>What all the keys begin with.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Requests under way at a time, at least 1.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>For how long to try again with a file.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(60);
}
