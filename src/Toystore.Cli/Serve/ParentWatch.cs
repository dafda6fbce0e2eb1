namespace Toystore.Cli.Serve;

/// <summary>Ends a node whose starter is gone, so that a killed <c>toystore dev</c> leaves nothing running for ever.</summary>
internal static class ParentWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Cancels <paramref name="stopping"/> when the process is gone; ends without doing so when <paramref name="cancellationToken"/> is cancelled.</summary>
    public static async Task RunAsync(int processId, CancellationTokenSource stopping, TimeProvider time, CancellationToken cancellationToken)
    {
        var parent = ProcessMark.Find(processId);
        try
        {
            while (parent is not null && ProcessMark.Find(processId) == parent)
            {
                await Task.Delay(Interval, time, cancellationToken);
            }

            stopping.Cancel();
        }
        catch (OperationCanceledException)
        {
            // The node ended first.
        }
    }
}
