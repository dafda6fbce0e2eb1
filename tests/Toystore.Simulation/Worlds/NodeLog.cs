using System.Globalization;
using Microsoft.Extensions.Logging;
using Toystore.Simulation.Traces;

namespace Toystore.Simulation.Worlds;

/// <summary>What a node says goes to the trace. An error fails the run: it is what wakes an operator, and nothing that a world does to a node should.</summary>
internal sealed class NodeLog(string node, Trace trace, Action<string, LogLevel, string> heard) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        trace.Note(node, string.Create(CultureInfo.InvariantCulture, $"{logLevel} {eventId.Id}: {text}{(exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})")}"));
        heard(node, logLevel, exception is null ? text : $"{text}\n{exception}");
    }
}

/// <summary>Gives everything in a node the same log.</summary>
internal sealed class NodeLogs(ILogger log) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => log;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("A node's log in a simulation goes to the trace.");

    public void Dispose()
    {
    }
}
