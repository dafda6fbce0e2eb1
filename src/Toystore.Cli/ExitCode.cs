namespace Toystore.Cli;

/// <summary>What the process says to a script. The same list stands in <c>--help</c> and in docs/cli.md.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Unavailable = 4;
    public const int Unknown = 5;
    public const int Conflict = 6;

    /// <summary>Ended by Ctrl-C, as shells count it: 128 and the number of SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>For <c>--help</c>.</summary>
    public const string Summary =
        "Exit codes: 0 done; 1 not done, or something failed; 2 usage error; 3 not found; 4 unavailable; 5 outcome unknown; 6 precondition failed, or concurrent values; 130 interrupted.";
}
