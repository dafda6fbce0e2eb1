using Microsoft.Extensions.Logging;

namespace Toystore.Tests.Node.Worlds;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLog : ILogger
{
    public List<(LogLevel Level, EventId Event, string Text)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add((logLevel, eventId, formatter(state, exception)));
}
