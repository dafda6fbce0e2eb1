using Spectre.Console;

namespace Toystore.Cli;

/// <summary>Everything a command touches outside itself, so that a test can be the terminal.</summary>
internal sealed class Terminal
{
    /// <summary>Results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Errors and remarks, a sentence each.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Results that are bytes.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>What is piped in.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>An environment variable; null if it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>How the user started this program, to be repeated in advice: <c>toystore</c>, unless a wrapper says otherwise in TOYSTORE_COMMAND.</summary>
    public string Command => Environment("TOYSTORE_COMMAND") is { Length: > 0 } wrapper ? wrapper : "toystore";

    /// <summary>True if somebody is watching: progress is shown on <see cref="Error"/>.</summary>
    public bool Interactive { get; init; }

    /// <summary>True if somebody is watching <see cref="Output"/>, and what is there can be drawn over.</summary>
    public bool Live { get; init; }

    /// <summary>Tables, to <see cref="Output"/>. As wide as the terminal; 200 columns where there is none.</summary>
    public required IAnsiConsole Tables { get; init; }

    /// <summary>Progress, to <see cref="Error"/>.</summary>
    public required IAnsiConsole Progress { get; init; }

    /// <summary>The terminal this process was started in.</summary>
    public static Terminal OfProcess()
    {
        var tables = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            tables.Profile.Width = 200;
        }

        return new Terminal
        {
            Output = Console.Out,
            Error = Console.Error,
            OpenOutput = Console.OpenStandardOutput,
            OpenInput = Console.OpenStandardInput,
            Environment = System.Environment.GetEnvironmentVariable,
            Interactive = !Console.IsErrorRedirected,
            Live = !Console.IsOutputRedirected && tables.Profile.Capabilities.Ansi,
            Tables = tables,
            Progress = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }),
        };
    }
}
