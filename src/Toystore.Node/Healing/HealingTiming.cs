namespace Toystore.Node.Healing;

/// <summary>When a node reports, compares and tries again. Each is jittered down to a half where all nodes would otherwise do it at the same moment.</summary>
internal sealed record HealingTiming
{
    /// <summary>How far marks stay behind the slowest clock, so that a write on its way is seldom refused. Default 10 s.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it looks whether something is due, and greets the others while it takes no writes. Default 1 s.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>From one round of reports to the next. Default 30 s.</summary>
    public TimeSpan BetweenReports { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From one exchange with an owner to the next. Default 60 s.</summary>
    public TimeSpan BetweenExchanges { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Every so many times it compares even if nothing has changed since it last did and the floors have passed all there is, and reports with it: 1 and more, default 10. Otherwise a cluster at rest leaves its disks at rest.</summary>
    public int QuietTurns { get; init; } = 10;

    /// <summary>Within what time one is begun that somebody waits for. Default 2 s.</summary>
    public TimeSpan Soon { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an exchange waits for hints that are on their way to the same owner. Default 10 minutes.</summary>
    public TimeSpan BehindHints { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long one is left in peace that did not answer. Default 10 s.</summary>
    public TimeSpan AfterFailure { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an exchange waits for writes on their way, before it believes that something differs. Default 250 ms.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the others are told how far this node's disk is, as long as it writes. Default 10 s.</summary>
    public TimeSpan BetweenTides { get; init; } = TimeSpan.FromSeconds(10);
}
