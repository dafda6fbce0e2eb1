using Microsoft.Extensions.Logging;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>An error in the log wakes an operator. Nothing that a world does to a node is worth that.</summary>
internal sealed class ErrorLogs(IClusterUnderTest cluster) : IOracle
{
    public void Logged(string node, LogLevel level, string text)
    {
        if (level >= LogLevel.Error)
        {
            cluster.Violations.Add(FailureKind.ErrorLog, nameof(ErrorLogs), $"{node} logged {(level == LogLevel.Error ? "an error" : "a critical error")}: {text}");
        }
    }
}
