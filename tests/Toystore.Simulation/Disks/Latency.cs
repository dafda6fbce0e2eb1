using Toystore.Simulation.Chances;

namespace Toystore.Simulation.Disks;

/// <summary>How long a disk takes for one thing: at least so long, and on average so much more, exponentially distributed.</summary>
internal readonly record struct Latency(TimeSpan Least, TimeSpan More)
{
    /// <summary>One of that many microseconds at least, and twice that on average.</summary>
    public static Latency Microseconds(double least) => new(TimeSpan.FromMicroseconds(least), TimeSpan.FromMicroseconds(least));

    /// <summary>How long it takes this time.</summary>
    public TimeSpan Draw(Chance chance) => this == default ? default : Least + chance.Exponential(More);
}
