using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>What the process says to a script: one code for each kind of failure. The same list stands in <c>--help</c> and in docs/simulation.md.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The simulator itself failed, not what it runs.</summary>
    public const int Broken = 1;

    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C, as shells count it: 128 and the number of SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>For <c>--help</c>.</summary>
    public static string Summary { get; } =
        "Exit codes: 0 no failure; 1 the simulator itself failed; 2 usage error; " +
        string.Join("; ", Enum.GetValues<FailureKind>().Where(kind => kind != FailureKind.None).Select(kind => $"{Of(kind)} {kind}")) +
        "; 130 interrupted.";

    /// <summary>The code of a kind of failure.</summary>
    public static int Of(FailureKind kind) => kind switch
    {
        FailureKind.None => Done,
        FailureKind.LostWrite => 10,
        FailureKind.Causality => 11,
        FailureKind.Convergence => 12,
        FailureKind.Resurrection => 13,
        FailureKind.Session => 14,
        FailureKind.Outcome => 15,
        FailureKind.DuplicateDot => 16,
        FailureKind.Bound => 17,
        FailureKind.ErrorLog => 18,
        FailureKind.NodeThrew => 19,
        FailureKind.Escaped => 20,
        FailureKind.Stuck => 21,
        FailureKind.Nondeterminism => 22,
        FailureKind.Membership => 23,
        FailureKind.Floor => 24,
        FailureKind.Agreement => 25,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This kind of failure has no exit code: give it one here and in docs/simulation.md."),
    };
}
