namespace Toystore.Tests.Node.Worlds;

/// <summary>The clocks of one node: its wall clock may be wrong, its timers and its sense of how long something takes are not.</summary>
internal sealed class NodeClock(VirtualTime time) : TimeProvider
{
    /// <summary>How far its wall clock is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Ahead;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
}
