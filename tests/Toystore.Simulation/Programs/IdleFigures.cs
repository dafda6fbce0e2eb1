namespace Toystore.Simulation.Programs;

/// <summary>What a cluster costs that does nothing.</summary>
/// <param name="VirtualTime">How long it did nothing.</param>
/// <param name="RealTime">How long that took, starting the nodes included.</param>
/// <param name="Steps">Pieces of work that ran meanwhile.</param>
/// <param name="Problem">What went wrong; null if nothing did.</param>
internal sealed record IdleFigures(TimeSpan VirtualTime, TimeSpan RealTime, long Steps, string? Problem)
{
    /// <summary>In a line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"five idle nodes: {VirtualTime.TotalSeconds:0} s of virtual time in {RealTime.TotalSeconds:0.000} s of real time, {VirtualTime / RealTime:#,##0} times as fast; {Steps} steps");
}
