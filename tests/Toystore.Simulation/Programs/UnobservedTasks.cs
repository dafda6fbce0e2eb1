using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Finds tasks of any run that failed and that nobody ever looked at: what a node starts and does not wait for must not throw. The garbage collector tells of them, so that no seed can be named.</summary>
internal sealed class UnobservedTasks : IDisposable
{
    private readonly Lock _lock = new(); // guards the field below: the collector tells on its own thread
    private AggregateException? _first;

    public UnobservedTasks() => TaskScheduler.UnobservedTaskException += Hear;

    /// <summary>Looks once more, and gives the exit code that the program ends with.</summary>
    public int Conclude(int exitCode, TextWriter errors)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        lock (_lock)
        {
            if (_first is null)
            {
                return exitCode;
            }

            errors.WriteLine($"A task failed and nobody looked at it; find out who started it and did not wait. {_first.InnerException}");
            return exitCode == ExitCode.Done ? ExitCode.Of(FailureKind.NodeThrew) : exitCode;
        }
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Hear;

    private void Hear(object? sender, UnobservedTaskExceptionEventArgs failure)
    {
        lock (_lock)
        {
            _first ??= failure.Exception;
        }
    }
}
