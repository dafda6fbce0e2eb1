namespace Toystore.EndToEnd.Processes;

/// <summary>Waits for what another process does. The limit is there to give up some day; no test depends on how long anything takes.</summary>
internal static class Patience
{
    /// <summary>Far longer than anything takes, also on a slow and busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until it holds.</summary>
    public static async Task UntilAsync(string what, Func<ValueTask<bool>> holds, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        var most = limit ?? Limit;
        var begun = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < most, $"Gave up after {most.TotalSeconds:0} s of waiting until {what}.");
            await Task.Delay(LookAgain, cancellationToken);
        }
    }

    /// <summary>Looks until it holds.</summary>
    public static Task UntilAsync(string what, Func<bool> holds, CancellationToken cancellationToken) => UntilAsync(what, () => new ValueTask<bool>(holds()), cancellationToken);
}
