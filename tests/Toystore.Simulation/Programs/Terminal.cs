using Spectre.Console;

namespace Toystore.Simulation.Programs;

/// <summary>Everything the program touches outside of the worlds, so that a test can be the terminal.</summary>
internal sealed class Terminal
{
    /// <summary>Traces, reports, summaries.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Progress where nobody watches, and what was wrong with the command line.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Progress where somebody does.</summary>
    public required IAnsiConsole Live { get; init; }

    /// <summary>True if somebody is watching.</summary>
    public bool Interactive { get; init; }

    /// <summary>Real time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The commit that is run, and whether there are changes beside it.</summary>
    public required Func<string> Commit { get; init; }

    /// <summary>The terminal this process was started in.</summary>
    public static Terminal OfProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        Live = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }),
        Interactive = !Console.IsErrorRedirected && !Console.IsOutputRedirected,
        Time = TimeProvider.System,
        Commit = Checkout.Describe,
    };
}
