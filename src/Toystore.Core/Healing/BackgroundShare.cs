namespace Toystore.Core.Healing;

/// <summary>
/// How much of its pace background work may use, so that clients hardly notice it: the feedback of Dynamo §6.5. Told once in a while how long clients' requests took, it compares their 99th percentile with what it is when no background
/// work is done.
/// </summary>
/// <remarks>
/// Work that begins, begins with the least, and gets half as much again with every window until clients notice it for the first time (slow start, as TCP); then a quarter more, or less by as much as the percentile is too high, but no less than
/// half. Where there are no clients, twice as much in any case. What requests take without background work is learned where there is none. It follows the load: down quickly, also when requests are quicker <em>with</em> background
/// work, since what was learned under heavy load would excuse anything under light load. Where there is some all the time (a disk is being refilled), it is held back for one window in ten: a tenth is the price of knowing. Rejected: a limit in
/// milliseconds that somebody has to set (Dynamo's was 50 ms; it depends on the disks, the network and the load), and the latency of the disk alone (what clients wait for is also the processor and the other owners).
/// </remarks>
public sealed class BackgroundShare
{
    /// <summary>Never less: background work goes on, however busy clients are.</summary>
    public const double Least = 1 / 64.0;

    /// <summary>A window with fewer requests says nothing.</summary>
    public const int RequestsLeast = 100;

    private const int WindowsBetweenQuietOnes = 10;
    private const double Goal = 1.5;
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(0.25);

    private double _share = Least;
    private bool _wasNoticed;
    private int _busyWindows;

    /// <summary>How much may be used in the window that begins now: <see cref="Least"/> to 1.</summary>
    public double Share => IsQuiet ? Least : _share;

    /// <summary>True if background work is held back now, to see what requests take without it.</summary>
    public bool IsQuiet { get; private set; }

    /// <summary>The 99th percentile without background work; null until that is known.</summary>
    public TimeSpan? Idle { get; private set; }

    /// <summary>A window is over. <paramref name="wasBusy"/>: background work was done in it.</summary>
    public void Judge(int requests, TimeSpan percentile99, bool wasBusy)
    {
        if (requests < RequestsLeast)
        {
            // Nobody is there to be disturbed.
            _share = Math.Min(1, 2 * _share);
            IsQuiet = false;
            return;
        }

        if (IsQuiet || !wasBusy)
        {
            Learn(percentile99);
            _busyWindows = 0;
            if (!IsQuiet)
            {
                (_share, _wasNoticed) = (Least, false);
            }

            IsQuiet = false;
            return;
        }

        if (Idle is not { } usual || ++_busyWindows >= WindowsBetweenQuietOnes)
        {
            IsQuiet = true;
            return;
        }

        if (percentile99 < usual)
        {
            Learn(percentile99);
        }

        var goal = (usual * Goal) + Slack;
        if (percentile99 > goal)
        {
            _wasNoticed = true;
            _share = Math.Max(Least, _share * Math.Clamp(goal / percentile99, 0.5, 0.95));
        }
        else
        {
            _share = Math.Min(1, _share * (_wasNoticed ? 1.25 : 1.5));
        }
    }

    private void Learn(TimeSpan percentile99) =>
        Idle = Idle is { } idle ? idle + ((percentile99 - idle) / (percentile99 < idle ? 2 : 4)) : percentile99;
}
