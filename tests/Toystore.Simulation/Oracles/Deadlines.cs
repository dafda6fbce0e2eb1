using System.Globalization;
using Toystore.Simulation.Histories;
using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Oracles;

/// <summary>Nobody waits longer than they said: a request has ended when its time is up, whatever hangs, even if only with "unknown" or "unavailable".</summary>
internal sealed class Deadlines(IClusterUnderTest cluster) : IOracle
{
    // Timers are coarse, the clock that measures may be slow by some hundredths, and the answer has to be handed over.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(50);
    private const double Slowness = 1.05;

    private readonly List<Operation> _waiting = [];

    public void Began(Operation operation) => _waiting.Add(operation);

    public void SentAgain(WriteOp write) => _waiting.Add(write);

    public void Ended(Operation operation)
    {
        _waiting.Remove(operation);
        Check(operation);
    }

    public void Sampled() => _waiting.ForEach(Check);

    private void Check(Operation operation)
    {
        if (TimeOf(operation) is not { } time)
        {
            return;
        }

        var waited = TimeSpan.FromTicks(cluster.Loop.Now) - operation.SentAt;
        if (waited > (time * Slowness) + Slack)
        {
            cluster.Violations.Add(
                FailureKind.Stuck,
                nameof(Deadlines),
                string.Create(CultureInfo.InvariantCulture, $"A request takes longer than its client gave it: {waited.TotalSeconds:0.000} s instead of {time.TotalSeconds:0.000} s: {operation}."));
        }
    }

    // A listing has many requests, and each page its own time.
    private static TimeSpan? TimeOf(Operation operation) => operation switch
    {
        ReadOp read => read.Options.Timeout,
        WriteOp write => write.Options.Timeout,
        _ => null,
    };
}
